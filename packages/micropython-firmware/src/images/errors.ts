/** What went wrong with a firmware image. */
export type ImageErrorCode =
  /** No board has this name. */
  | 'IMAGE_BOARD_UNKNOWN'
  /** The board has no such variant. */
  | 'IMAGE_VARIANT_UNKNOWN'
  /** The manifest has no such version for the board. */
  | 'IMAGE_VERSION_UNKNOWN'
  /** It did not come through, or what came is too large. */
  | 'IMAGE_DOWNLOAD'
  /** It is not in the cache, and the network was not to be used. */
  | 'IMAGE_OFFLINE'
  /** The file that was named cannot be read, or is by its name an image for something else. */
  | 'IMAGE_FILE'
  /** It is no image, is cut short, was changed, or is for another chip. */
  | 'IMAGE_DAMAGED'
  /** It is an application alone, which goes into a partition and starts no board. */
  | 'IMAGE_APP_ONLY'
  /** It is not the file with this hash. */
  | 'IMAGE_HASH'
  /** The cache cannot be read or written. */
  | 'IMAGE_CACHE'
  /** A page of the download site was not as expected. */
  | 'IMAGE_PAGE';

/** Match on `code`: two copies of the package may be loaded. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  /** What went wrong, stable across versions. */
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
