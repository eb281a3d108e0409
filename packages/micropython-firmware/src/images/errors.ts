/** What went wrong with a firmware image. */
export type ImageErrorCode =
  | 'IMAGE_BOARD_UNKNOWN'
  | 'IMAGE_VARIANT_UNKNOWN'
  | 'IMAGE_VERSION_UNKNOWN'
  | 'IMAGE_DOWNLOAD'
  | 'IMAGE_OFFLINE'
  | 'IMAGE_FILE'
  | 'IMAGE_DAMAGED'
  | 'IMAGE_HASH'
  | 'IMAGE_PAGE';

/** Match on `code`: two copies of the package may be loaded. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
