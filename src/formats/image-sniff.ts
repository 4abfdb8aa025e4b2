/** Image types by their magic bytes. File names and MIME types are not asked: they are wrong too often. */

export type ImageType = 'png' | 'jpeg' | 'gif' | 'webp' | 'avif' | 'bmp';

const imageEnding = /\.(png|jpe?g|jfif|webp|avif|gif|bmp)$/i;

/** Whether a file's name, without its folder, is an image's. Hidden files, AppleDouble's "._NAME" among them, are none. */
export const isImageName = (name: string): boolean => !name.startsWith('.') && imageEnding.test(name);

/** A format that we recognise but don't take, in words with an article. */
export interface ForeignType {
  readonly foreign: string;
}

const foreignMagic: readonly (readonly [magic: string, name: string])[] = [
  ['II*\0', 'a TIFF or camera raw image'],
  ['MM\0*', 'a TIFF or camera raw image'],
  ['\xff\x0a', 'a JPEG XL image'],
  ['\0\0\0\x0cJXL ', 'a JPEG XL image'],
  ['8BPS', 'a Photoshop document'],
  ['%PDF', 'a PDF document'],
];

/** Header sizes that tell a bitmap from any text that starts with "BM". */
const bitmapHeaderSizes = new Set([12, 40, 52, 56, 64, 108, 124]);

const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1']);

const latin = (head: Uint8Array, begin: number, end: number) => String.fromCharCode(...head.subarray(begin, end));

/** Major and compatible brands of an ISO media file (AVIF, HEIC), empty for other files. */
function isoBrands(head: Uint8Array): string[] {
  if (latin(head, 4, 8) !== 'ftyp') return [];
  const size = new DataView(head.buffer, head.byteOffset).getUint32(0);
  const found = [latin(head, 8, 12)];
  // The list of brands is short; a box size that says otherwise is not believed.
  for (let i = 16; i + 4 <= Math.min(size, head.length, 256); i += 4) found.push(latin(head, i, i + 4));
  return found;
}

/** Null for what is neither an image we take nor a known format that we don't. */
export function sniffImage(head: Uint8Array): ImageType | ForeignType | null {
  const start = latin(head, 0, 16);
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (start.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return 'gif';
  if (start.startsWith('RIFF') && start.startsWith('WEBP', 8)) return 'webp';
  if (start.startsWith('BM') && bitmapHeaderSizes.has(head[14] ?? 0) && latin(head, 15, 18) === '\0\0\0') return 'bmp';
  const brands = isoBrands(head);
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  if (brands.some((brand) => heicBrands.has(brand))) return { foreign: 'a HEIC image' };
  const known = foreignMagic.find(([magic]) => start.startsWith(magic));
  return known ? { foreign: known[1] } : null;
}
