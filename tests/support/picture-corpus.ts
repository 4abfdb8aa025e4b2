/** Picture files of every kind that page and command line read, made from one photograph of the project's own. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { encodeAvif } from './encode-avif.ts';
import { encodeBmp } from './encode-bmp.ts';
import { encodePng, exifBlock, type PngKind, pngChunk, pngPixels, words } from './encode-png.ts';

export interface CorpusFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Lossy decoders may round differently: more levels of difference are allowed. */
  readonly isLossy: boolean;
  /** Damaged, or HDR: both must refuse it. */
  readonly isRefused: boolean;
}

const images = resolve(import.meta.dirname, '../images');
const [width, height] = [45, 26];

/** Colours that JPEG's and WebP's chroma planes can hold, in an odd size: every decoder's edges are looked at. */
const photograph = () =>
  sharp(resolve(images, 'hr/crop_animal_parrot.png')).extract({ left: 80, top: 90, width, height });

const orientations = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const levels = [...Array(256).keys()];

async function pngs(rgb: Buffer): Promise<Record<string, Buffer>> {
  const at = (x: number, y: number, c: number) => rgb[(y * width + x) * 3 + c] ?? 0;
  const luma = (x: number, y: number) => Math.round((at(x, y, 0) + 2 * at(x, y, 1) + at(x, y, 2)) / 4);
  const alpha = (x: number, y: number) => (x < 5 ? 0 : x > 40 ? 255 : ((x * 37 + y * 11) % 255) + 1);
  const [p3, adobe] = [await profileOf('p3'), await profileOf('adobe')];
  const channel = (kind: PngKind, x: number, y: number, c: number) => {
    if (kind === 'grey') return luma(x, y);
    if (kind === 'greyAlpha') return c === 0 ? luma(x, y) : alpha(x, y);
    return c === 3 ? alpha(x, y) : at(x, y, c);
  };
  const png = (kind: PngKind, depth: 1 | 2 | 4 | 8 | 16, chunks: Uint8Array[] = [], interlaced = false) =>
    encodePng({
      width,
      height,
      kind,
      depth,
      chunks,
      interlaced,
      sample(x, y, c) {
        if (kind === 'palette') return luma(x, y) >> (8 - depth);
        const value = channel(kind, x, y, c);
        // Low bytes of their own: rounding 16 bits to 8 is part of the reading.
        return depth === 16 ? value * 256 + ((x * 91 + y * 57 + c * 13) & 255) : value >> (8 - depth);
      },
    });
  const palette = (depth: number) =>
    pngChunk(
      'PLTE',
      Buffer.from(levels.slice(0, 2 ** depth).flatMap((i) => [255 - ((i * 7) % 256), (i * 53) % 256, (i * 29) % 256])),
    );
  const transparency = (depth: number) =>
    pngChunk('tRNS', Buffer.from(levels.slice(0, 2 ** depth - 1).map((i) => (i * 40) % 256)));
  const gamma = (value: number) => pngChunk('gAMA', words(Math.round(value * 1e5)));
  const chromaticities = pngChunk('cHRM', words(31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000));
  const code = (primaries: number, transfer: number) => pngChunk('cICP', Buffer.of(primaries, transfer, 0, 1));
  const files: Record<string, Buffer> = {};
  for (const depth of [1, 2, 4, 8] as const) {
    files[`grey-${depth}`] = png('grey', depth);
    files[`palette-${depth}`] = png('palette', depth, [palette(depth)]);
    files[`palette-${depth}-trns`] = png('palette', depth, [palette(depth), transparency(depth)]);
    files[`palette-${depth}-interlaced`] = png('palette', depth, [palette(depth)], true);
    files[`grey-${depth}-interlaced`] = png('grey', depth, [], true);
  }
  for (const depth of [8, 16] as const) {
    for (const kind of ['grey', 'rgb', 'greyAlpha', 'rgba'] as const) {
      files[`${kind}-${depth}`] = png(kind, depth);
      files[`${kind}-${depth}-interlaced`] = png(kind, depth, [], true);
      files[`${kind}-${depth}-gama`] = png(kind, depth, [gamma(1 / 1.8)]);
    }
    files[`rgb-${depth}-linear`] = png('rgb', depth, [gamma(1)]);
    files[`rgb-${depth}-gama-2.2`] = png('rgb', depth, [gamma(1 / 2.2)]);
    files[`rgb-${depth}-gama-chrm`] = png('rgb', depth, [gamma(1 / 2.2), chromaticities]);
    files[`rgb-${depth}-srgb-over-gama`] = png('rgb', depth, [gamma(1), pngChunk('sRGB', Buffer.of(0))]);
    files[`rgb-${depth}-cicp-p3`] = png('rgb', depth, [code(12, 13)]);
    files[`rgb-${depth}-cicp-709`] = png('rgb', depth, [code(1, 1)]);
    files[`rgb-${depth}-cicp-srgb-over-gama`] = png('rgb', depth, [code(1, 13), gamma(1)]);
    files[`rgb-${depth}-cicp-over-icc`] = png('rgb', depth, [code(1, 13), p3]);
    files[`rgb-${depth}-icc-p3`] = png('rgb', depth, [p3]);
    files[`rgba-${depth}-icc-p3`] = png('rgba', depth, [p3]);
    files[`rgb-${depth}-icc-adobe`] = png('rgb', depth, [adobe]);
    files[`rgb-${depth}-icc-over-gama`] = png('rgb', depth, [p3, gamma(1)]);
  }
  for (const depth of [8, 16] as const) {
    files[`hdr-${depth}-pq`] = png('rgb', depth, [code(9, 16)]);
    files[`hdr-${depth}-hlg`] = png('rgb', depth, [code(9, 18)]);
  }
  files['palette-8-gama'] = png('palette', 8, [gamma(1 / 1.8), palette(8)]);
  files['palette-4-icc'] = png('palette', 4, [p3, palette(4)]);
  files['grey-1-trns'] = png('grey', 1, [pngChunk('tRNS', Buffer.of(0, 0))]);
  files['grey-8-trns'] = png('grey', 8, [pngChunk('tRNS', Buffer.of(0, luma(3, 3)))]);
  files['grey-16-trns'] = png('grey', 16, [pngChunk('tRNS', Buffer.of(luma(0, 0), 0))]);
  files['rgb-8-trns'] = png('rgb', 8, [pngChunk('tRNS', Buffer.of(0, at(9, 9, 0), 0, at(9, 9, 1), 0, at(9, 9, 2)))]);
  for (const orientation of orientations)
    files[`exif-${orientation}`] = png('rgb', 8, [pngChunk('eXIf', exifBlock(orientation))]);
  const frame = (number: number) =>
    pngChunk('fcTL', Buffer.concat([words(number, width, height, 0, 0), Buffer.of(0, 1, 0, 10, 0, 0)]));
  const white = pngPixels({ width, height, kind: 'rgb', depth: 8, sample: () => 255 });
  const still = png('rgb', 8, [pngChunk('acTL', words(2, 0)), frame(0)]);
  const end = still.length - 12;
  files.animated = Buffer.concat([
    still.subarray(0, end),
    frame(1),
    pngChunk('fdAT', Buffer.concat([words(2), white])),
    still.subarray(end),
  ]);
  return files;
}

/** The iCCP chunk of a colour space. */
async function profileOf(space: 'p3' | 'adobe'): Promise<Buffer> {
  const file =
    space === 'p3'
      ? await photograph().withIccProfile('p3').png().toBuffer()
      : await readFile(resolve(images, 'colour/adobe-16.png'));
  const at = file.indexOf('iCCP') - 4;
  return file.subarray(at, at + 12 + file.readUInt32BE(at));
}

function bmps(rgb: Buffer): Record<string, Buffer> {
  const at = (x: number, y: number, c: number) => rgb[(y * width + x) * 3 + c] ?? 0;
  const bits24 = (x: number, y: number) => (at(x, y, 0) << 16) | (at(x, y, 1) << 8) | at(x, y, 2);
  const size = { width, height };
  const palette = (bits: number) => levels.slice(0, 2 ** bits).map((i) => [255 - i, (i * 53) % 256, (i * 29) % 256]);
  const index = (bits: number) => (x: number, y: number) => at(x, y, 1) >> (8 - bits);
  const fields = (r: number, g: number, b: number) => (x: number, y: number) =>
    ((at(x, y, 0) >> (8 - r)) << (g + b)) | ((at(x, y, 1) >> (8 - g)) << b) | (at(x, y, 2) >> (8 - b));
  const masks565 = [0xf800, 0x7e0, 0x1f];
  const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
  const withAlpha = (x: number, y: number) => (bits24(x, y) | ((x * 5 + 20) << 24)) >>> 0;
  return {
    '1': encodeBmp({ ...size, bits: 1, pixel: index(1), palette: palette(1) }),
    '4': encodeBmp({ ...size, bits: 4, pixel: index(4), palette: palette(4) }),
    '8': encodeBmp({ ...size, bits: 8, pixel: index(8), palette: palette(8) }),
    '8-os2': encodeBmp({ ...size, bits: 8, pixel: index(8), palette: palette(8), header: 12 }),
    '8-few-colours': encodeBmp({ ...size, bits: 8, pixel: index(5), palette: palette(5) }),
    '8-runs': encodeBmp({ ...size, bits: 8, pixel: index(3), palette: palette(8), compressed: true }),
    '4-runs': encodeBmp({ ...size, bits: 4, pixel: index(2), palette: palette(4), compressed: true }),
    '16-555': encodeBmp({ ...size, bits: 16, pixel: fields(5, 5, 5) }),
    '16-565': encodeBmp({ ...size, bits: 16, pixel: fields(5, 6, 5), masks: masks565, header: 40 }),
    '16-565-v4': encodeBmp({ ...size, bits: 16, pixel: fields(5, 6, 5), masks: [...masks565, 0] }),
    '24': encodeBmp({ ...size, bits: 24, pixel: bits24 }),
    '24-os2': encodeBmp({ ...size, bits: 24, pixel: bits24, header: 12 }),
    '24-top-down': encodeBmp({ ...size, bits: 24, pixel: bits24, topDown: true }),
    '32': encodeBmp({ ...size, bits: 32, pixel: withAlpha }),
    '32-top-down': encodeBmp({ ...size, bits: 32, pixel: withAlpha, topDown: true }),
    '32-masks': encodeBmp({ ...size, bits: 32, pixel: bits24, masks: masks.slice(0, 3), header: 40 }),
    '32-alpha': encodeBmp({ ...size, bits: 32, pixel: withAlpha, masks }),
  };
}

type Named = Record<string, Sharp>;

function jpegs(picture: Sharp): Named {
  const plain = () => picture.clone();
  const files: Named = {
    '444': plain().jpeg({ quality: 92, chromaSubsampling: '4:4:4' }),
    '420': plain().jpeg({ quality: 92 }),
    'low-quality': plain().jpeg({ quality: 20 }),
    progressive: plain().jpeg({ progressive: true }),
    grey: plain().greyscale().jpeg(),
    cmyk: plain().toColourspace('cmyk').jpeg(),
    p3: plain().withIccProfile('p3').jpeg(),
  };
  for (const orientation of orientations) files[`exif-${orientation}`] = plain().withMetadata({ orientation }).jpeg();
  return files;
}

function webps(picture: Sharp, translucent: Sharp, animation: Sharp): Named {
  const plain = () => picture.clone();
  const files: Named = {
    lossy: plain().webp({ quality: 80 }),
    p3: plain().withIccProfile('p3').webp({ lossless: true }),
    'lossy-alpha': translucent.clone().webp({ quality: 80 }),
    lossless: plain().webp({ lossless: true }),
    'lossless-alpha': translucent.clone().webp({ lossless: true, exact: true }),
    'lossless-animated': animation.clone().webp({ lossless: true }),
    'lossy-animated': animation.clone().webp(),
  };
  for (const orientation of orientations) {
    files[`exif-${orientation}-lossless`] = plain().withMetadata({ orientation }).webp({ lossless: true });
    files[`exif-${orientation}-lossy`] = plain().withMetadata({ orientation }).webp();
  }
  return files;
}

/** AVIF's turns and mirrors, and colours by code points. */
async function avifs(picture: Sharp): Promise<Record<string, Buffer>> {
  const still = await picture.clone().avif({ quality: 90, chromaSubsampling: '4:2:0' }).toBuffer();
  const files: Record<string, Buffer> = {};
  const add = (name: string, own: object) => {
    files[`lossy-${name}.avif`] = encodeAvif(still, { width, height, ...own });
  };
  for (const turns of [0, 1, 2, 3])
    for (const mirror of [undefined, 0, 1]) add(`turned-${turns}-mirror-${mirror ?? 'none'}`, { turns, mirror });
  for (const code of [
    [2, 2, 2],
    [1, 1, 1],
    [6, 6, 6],
    [12, 13, 6],
    [9, 14, 9],
    [1, 8, 6],
  ])
    add(`code-${code.join('-')}`, { code });
  for (const transfer of [16, 18])
    files[`hdr-${transfer}.avif`] = encodeAvif(still, { width, height, code: [9, transfer, 9] });
  return files;
}

const others = (picture: Sharp, translucent: Sharp, animation: Sharp): Named => ({
  'plain.gif': picture.clone().gif(),
  'interlaced.gif': picture.clone().gif({ progressive: true }),
  'transparent.gif': translucent.clone().gif(),
  'animated.gif': animation.clone().gif(),
  'lossless.avif': picture.clone().avif({ lossless: true }),
  'lossy-444.avif': picture.clone().avif({ quality: 80, chromaSubsampling: '4:4:4' }),
  'lossy-420.avif': picture.clone().avif({ quality: 80, chromaSubsampling: '4:2:0' }),
  'lossy-420-10-bits.avif': picture.clone().avif({ quality: 80, chromaSubsampling: '4:2:0', bitdepth: 10 }),
  'lossy-grey.avif': picture.clone().greyscale().avif({ quality: 80 }),
  'lossy-alpha.avif': translucent.clone().avif({ quality: 80 }),
  'lossy-420-alpha.avif': translucent.clone().avif({ quality: 80, chromaSubsampling: '4:2:0' }),
  'lossless-alpha.avif': translucent.clone().avif({ lossless: true }),
  'lossy-p3.avif': picture.clone().withIccProfile('p3').avif({ quality: 80 }),
  'lossy-exif-6.avif': picture.clone().withMetadata({ orientation: 6 }).avif({ quality: 80 }),
  'lossy-exif-3.avif': picture.clone().withMetadata({ orientation: 3 }).avif({ quality: 80 }),
});

function damaged(files: Readonly<Record<string, Buffer>>): Record<string, Buffer> {
  const cut = (name: string, share: number) => {
    const file = files[name] ?? Buffer.of();
    return file.subarray(0, Math.floor(file.length * share));
  };
  const changed = (name: string, mark: string, offset: number) => {
    const file = Buffer.from(files[name] ?? Buffer.of());
    const at = file.indexOf(mark) + offset;
    file[at] = (file[at] ?? 0) ^ 1;
    return file;
  };
  return {
    'checksum-pixels.png': changed('rgb-8.png', 'IDAT', 40),
    'checksum-header.png': changed('rgb-8.png', 'IHDR', 4 + 13),
    'checksum-palette.png': changed('palette-8.png', 'PLTE', 9),
    'cut.png': cut('rgb-8.png', 0.6),
    'cut.jpg': cut('444.jpg', 0.6),
    'cut-header.jpg': cut('444.jpg', 0.05),
    'cut-lossy.webp': cut('lossy.webp', 0.6),
    'cut-lossless.webp': cut('lossless.webp', 0.6),
    'cut.gif': cut('plain.gif', 0.6),
    'cut-lossy.avif': cut('lossy-444.avif', 0.6),
    'cut-24.bmp': cut('24.bmp', 0.6),
    'cut-8.bmp': cut('8.bmp', 0.6),
  };
}

/** Some 170 files, under 1 MB together. */
export async function pictureCorpus(): Promise<CorpusFile[]> {
  const picture = photograph();
  const { data: rgb } = await picture.clone().removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const rgba = Buffer.from(
    Array.from({ length: width * height }, (_, i) => [...rgb.subarray(3 * i, 3 * i + 3), (i * 7) % 256]).flat(),
  );
  const translucent = sharp(rgba, { raw: { width, height, channels: 4 } });
  const frames = Buffer.concat([rgb, Buffer.alloc(rgb.length, 255)]);
  const animation = sharp(frames, { raw: { width, height: 2 * height, channels: 3, pageHeight: height } });
  const files: Record<string, Buffer> = {};
  const add = (from: Readonly<Record<string, Buffer>>, ending: string) => {
    for (const [name, bytes] of Object.entries(from)) files[`${name}${ending}`] = bytes;
  };
  const encode = async (from: Named, ending: string) => {
    for (const [name, made] of Object.entries(from)) files[`${name}${ending}`] = await made.toBuffer();
  };
  add(await pngs(rgb), '.png');
  add(bmps(rgb), '.bmp');
  await encode(jpegs(picture), '.jpg');
  await encode(webps(picture, translucent, animation), '.webp');
  await encode(others(picture, translucent, animation), '');
  add(await avifs(picture), '');
  for (const name of ['adobe-16', 'linear-16', 'grey-linear-16'])
    files[`${name}.png`] = await readFile(resolve(images, `colour/${name}.png`));
  const isLossy = (name: string) => /\.jpg$|lossy/.test(name);
  const listed = (from: Readonly<Record<string, Buffer>>, isRefused: (name: string) => boolean) =>
    Object.entries(from).map(([name, bytes]) => ({
      name,
      bytes,
      isLossy: isLossy(name),
      isRefused: isRefused(name),
    }));
  return [...listed(files, (name) => name.startsWith('hdr-')), ...listed(damaged(files), () => true)];
}
