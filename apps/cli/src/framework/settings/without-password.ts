/** An address as it may be shown: what stands before its @ is hidden, whether or not it is where an address has its password. */
export function withoutPassword(address: string): string {
  return address.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/i, '$1***@');
}
