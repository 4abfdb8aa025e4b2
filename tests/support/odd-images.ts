/** Images as they come from the world, made on the spot: what must work, and what must be refused in one sentence. */
import sharp from 'sharp';

export interface OddImage {
  readonly name: string;
  readonly mime: string;
  readonly bytes: Buffer;
  /** Size after orientation; null when the file must be refused. */
  readonly size: readonly [width: number, height: number] | null;
  /** For refused files: what the sentence must say. */
  readonly says?: RegExp;
}

/** A smooth colour field with a shape in it; values depend on the place alone. */
function field(
  width: number,
  height: number,
  channels: 1 | 3 | 4,
  alpha: (x: number, y: number) => number = () => 255,
): Buffer {
  const data = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      const inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (Math.min(width, height) / 3) ** 2;
      data[at] = inside ? 220 : (x * 255) / width;
      if (channels > 1) {
        data[at + 1] = (y * 255) / height;
        data[at + 2] = inside ? 40 : 160;
      }
      if (channels === 4) data[at + 3] = alpha(x, y);
    }
  }
  return data;
}

const image = (width: number, height: number, channels: 1 | 3 | 4 = 3, alpha?: (x: number, y: number) => number) =>
  sharp(field(width, height, channels, alpha), { raw: { width, height, channels } });

/** A PNG that claims `width`×`height` and has nothing behind its header. */
function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.from('89504e470d0a1a0a0000000d49484452000000000000000008020000000000000000000049444154', 'hex');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return header;
}

export async function oddImages(): Promise<OddImage[]> {
  const frames = Buffer.concat([field(20, 16, 3), Buffer.alloc(20 * 16 * 3, 255)]);
  const animation = () => sharp(frames, { raw: { width: 20, height: 32, channels: 3, pageHeight: 16 } });
  const jpeg = await image(48, 32).jpeg().toBuffer();
  return [
    { name: 'one-pixel.png', mime: 'image/png', bytes: await image(1, 1).png().toBuffer(), size: [1, 1] },
    { name: 'sliver.png', mime: 'image/png', bytes: await image(3, 200).png().toBuffer(), size: [3, 200] },
    {
      name: 'cmyk.jpg',
      mime: 'image/jpeg',
      bytes: await image(24, 16).toColourspace('cmyk').jpeg().toBuffer(),
      size: [24, 16],
    },
    {
      name: 'sixteen-bit.png',
      mime: 'image/png',
      bytes: await image(24, 16).toColourspace('rgb16').png().toBuffer(),
      size: [24, 16],
    },
    {
      name: 'grey.png',
      mime: 'image/png',
      bytes: await image(24, 16, 1).toColourspace('b-w').png().toBuffer(),
      size: [24, 16],
    },
    {
      name: 'palette-alpha.png',
      mime: 'image/png',
      bytes: await image(24, 16, 4, (x) => x * 10)
        .png({ palette: true })
        .toBuffer(),
      size: [24, 16],
    },
    { name: 'animated.gif', mime: 'image/gif', bytes: await animation().gif().toBuffer(), size: [20, 16] },
    { name: 'animated.webp', mime: 'image/webp', bytes: await animation().webp().toBuffer(), size: [20, 16] },
    {
      name: 'rotated.jpg',
      mime: 'image/jpeg',
      bytes: await image(40, 24).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
      size: [24, 40],
    },
    { name: 'empty.png', mime: 'image/png', bytes: Buffer.alloc(0), size: null, says: /empty/i },
    {
      name: 'text.png',
      mime: 'image/png',
      bytes: Buffer.from('This is a text file.\n'.repeat(20)),
      size: null,
      says: /not a/i,
    },
    { name: 'huge.png', mime: 'image/png', bytes: pngHeader(12_000, 9_000), size: null, says: /12,?000/ },
    {
      name: 'cut-off.png',
      mime: 'image/png',
      bytes: (await image(64, 64).png().toBuffer()).subarray(0, 120),
      size: null,
      says: /damaged|cut off/i,
    },
    {
      name: 'header-only.jpg',
      mime: 'image/jpeg',
      bytes: jpeg.subarray(0, 12),
      size: null,
      says: /damaged|cut off|not a/i,
    },
  ];
}
