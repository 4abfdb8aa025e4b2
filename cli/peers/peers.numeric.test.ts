/** Networks of ncnn's format are converted whole, and damaged ones refused before anything is allocated. */
import { describe, expect, it } from 'vitest';
import { openOnnxModel } from '../../src/engine/external/onnx-model.ts';
import { floatToHalf } from '../../src/formats/half.ts';
import { nodeExternal } from '../external.ts';
import { readParam } from './ncnn.ts';
import { checkHash } from './packages.ts';
import { peersPage } from './page.ts';
import { ncnnToOnnx } from './to-onnx.ts';

/** Adds the enlarged picture to what a convolution makes of it. */
const layers = [
  'Input in 0 1 data',
  'Split s 1 2 data a b',
  'MemoryData mean 0 1 mean 0=1 1=1 2=3',
  'BinaryOp sub 2 1 a mean centred 0=1',
  'Convolution c1 1 1 centred c1 0=4 1=3 4=1 5=1 6=108 9=2 -23310=1,2.0e-01',
  'PReLU p 1 1 c1 p 0=4',
  'Split s2 1 2 p p0 p1',
  'Swish w 1 1 p0 w',
  'Sigmoid g 1 1 p1 g',
  'BinaryOp half 1 1 g h 0=1 1=1 2=5.0e-01',
  'Eltwise e 2 1 w h e 0=1 -23301=2,2.0e-01,1.0e+00',
  'Concat k 2 1 e h k',
  'Convolution c2 1 1 k c2 0=48 1=1 5=1 6=384',
  'PixelShuffle ps 1 1 c2 ps 0=4',
  'Interp up 1 1 b up 0=1 1=4.0e+00 2=4.0e+00',
  'BinaryOp add 2 1 ps up out',
];
const param = (lines = layers) => `7767517\n${lines.length} 20\n${lines.join('\n')}\n`;
const mark = 0x01306b47;

/** The weights in the file's order: half for convolutions, whole for all else. */
function weights(second: (channel: number) => number = () => 0): ArrayBuffer {
  const parts: Uint8Array[] = [];
  const floats = (values: number[]) => parts.push(new Uint8Array(Float32Array.from(values).buffer));
  const halves = (values: number[]) => {
    parts.push(new Uint8Array(Uint32Array.of(mark).buffer));
    parts.push(new Uint8Array(floatToHalf(Float32Array.from([...values, ...(values.length % 2 ? [0] : [])])).buffer));
  };
  floats([0.25, 0.5, 0.75]);
  halves(Array(108).fill(0.5));
  floats([0, 0, 0, 0]);
  floats([0.1, 0.1, 0.1, 0.1]);
  halves(Array(384).fill(0));
  floats(Array.from({ length: 48 }, (_, channel) => second(channel)));
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.buffer;
}

describe('a network of ncnn’s format', () => {
  it('becomes an ONNX file that upscales, with its parameters and arithmetic', async () => {
    const { file, parameters, macsPerPixel, scale } = ncnnToOnnx('x', param(), weights(), {
      licence: 'MIT',
      source: 'a test',
    });
    expect([parameters, macsPerPixel, scale]).toEqual([108 + 4 + 4 + 384 + 48, (108 + 384) / 16, 4]);
    const model = await openOnnxModel(file, await nodeExternal.runtime(), 16);
    expect([model.licence, model.source]).toEqual(['MIT', 'a test']);
    model.dispose();
  });

  it('computes what the layers say', async () => {
    const { file } = ncnnToOnnx(
      'x',
      param(),
      weights((channel) => channel / 1000),
      {},
    );
    const { ort } = await nodeExternal.runtime();
    const session = await ort.InferenceSession.create(new Uint8Array(await file.arrayBuffer()));
    const image = new ort.Tensor(
      'float32',
      Float32Array.from({ length: 12 }, (_, i) => i / 20),
      [1, 3, 2, 2],
    );
    const { upscaled } = await session.run({ image });
    expect(upscaled?.dims).toEqual([1, 3, 8, 8]);
    const data = upscaled?.data as Float32Array;
    // Pixel (0, 0) of R is channel 0 of the shuffle and LR pixel 0, (1, 0) channel 1; G's first is channel 16 and LR pixel 4.
    expect(data[0]).toBeCloseTo(0, 5);
    expect(data[1]).toBeCloseTo(0.001, 5);
    expect(data[8]).toBeCloseTo(0.004, 5);
    expect(data[64]).toBeCloseTo(0.016 + 4 / 20, 5);
    await session.release();
  });

  it.each([
    ['no network', 'hello', /no network of ncnn/],
    ['cut off', param().split('\n').slice(0, 9).join('\n'), /cut off: it has 7 of 16 layers/],
    ['an endless list', param([...layers.slice(0, 4), 'Convolution c 1 1 centred c -23310=999999999,1']), /damaged/],
    [
      'a list of another length',
      param([...layers.slice(0, 4), 'Convolution c 1 1 centred c -23310=2,1']),
      /another length/,
    ],
    ['many layers', '7767517\n99999999 3\nInput in 0 1 data', /damaged/],
    ['too few blobs', param(['Input in 0 9 data']), /too few blobs/],
    ['an unknown layer', param([...layers, 'Gemm g 1 1 out x']), /kind "Gemm"/],
    [
      'a wide layer',
      param([...layers.slice(0, 4), 'Convolution c 1 1 centred c 0=999999 1=3 4=1 6=108']),
      /no upscaler has/,
    ],
    [
      'weights that do not fit',
      param([...layers.slice(0, 4), 'Convolution c 1 1 centred c 0=4 1=3 4=1 6=268435456']),
      /no convolution/,
    ],
    ['a value that none makes', param(['Input in 0 1 data', 'Sigmoid s 1 1 nothing s']), /which none makes/],
    ['no picture at its end', param(layers.slice(0, 7)), /longer than the network/],
  ])('with %s is refused in a sentence', (_, text, message) => {
    expect(() => ncnnToOnnx('x', text, weights(), {})).toThrow(message);
  });

  it('with weights that are cut off or stored otherwise is refused', () => {
    expect(() => ncnnToOnnx('x', param(), weights().slice(0, 100), {})).toThrow(/cut off: "c1" needs 216 bytes/);
    const other = weights();
    new DataView(other).setUint32(12, 0x000d4b38, true);
    expect(() => ncnnToOnnx('x', param(), other, {})).toThrow(/stored in a way that is not read/);
    expect(readParam(param())).toHaveLength(layers.length);
  });

  it('of another hash is not taken', () => {
    expect(() => checkHash(new Uint8Array(3), 'abc', 'a.bin')).toThrow(/^a\.bin: its hash is .*, not abc/);
  });
});

describe('the page of peers', () => {
  it('has the gain over bicubic for arithmetic and time', () => {
    const result = (
      method: 'bicubic' | 'ours' | 'onnx:x/span-x4.onnx',
      psnrY: number,
      lpips: number,
      msPerMegapixel: number,
    ) => ({
      method,
      psnrY,
      lpips,
      msPerMegapixel,
      images: [],
    });
    const methods = [
      result('bicubic', 24, 0.5, 10),
      result('ours', 25, 0.3, 2000),
      result('onnx:x/span-x4.onnx', 24.5, 0.4, 1000),
    ];
    const costs = { ours: { parameters: 3.5e6, gmac: 100 }, 'onnx:x/span-x4.onnx': { parameters: 4e5, gmac: 25 } };
    const page = peersPage({ adapter: 'x', set: '31 pictures', methods, costs });
    expect(page).toContain(
      '| ours | 3.50 M | 100.0 | 2.00 | 25.00 | — | 0.3000 | — | 1.000 | 0.5000 | 0.200 | 0.1000 |',
    );
    expect(page).toContain(
      '| span-x4 | 0.40 M | 25.0 | 1.00 | 24.50 | — | 0.4000 | — | 2.000 | 0.5000 | 0.400 | 0.1000 |',
    );
    expect(page).toContain('| bicubic | — | — | 0.01 |');
  });
});
