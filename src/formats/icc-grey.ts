/** The tone curve of a grey ICC profile (ICC.1:2022, tag kTRC). */
import { FormatError } from './errors.ts';

const tagTableAt = 128;
const damaged = () => new FormatError('The image is damaged: its colour profile can’t be read.');

/** Parametric curves by their function type: parameters g, a, b, c, d, e, f in this order, as many as the type has. */
function parametric(type: number, [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0]: readonly number[]) {
  const power = (x: number) => Math.max(0, a * x + b) ** g;
  switch (type) {
    case 0:
      return (x: number) => x ** g;
    case 1:
      return (x: number) => (x >= -b / a ? power(x) : 0);
    case 2:
      return (x: number) => (x >= -b / a ? power(x) + c : c);
    case 3:
      return (x: number) => (x >= d ? power(x) : c * x);
    case 4:
      return (x: number) => (x >= d ? power(x) + e : c * x + f);
    default:
      throw damaged();
  }
}
const parameterCounts = [1, 3, 4, 5, 7];

function curve(view: DataView, at: number): (sample: number) => number {
  const kind = view.getUint32(at);
  const [curv, para] = [0x63757276, 0x70617261];
  if (kind === para) {
    const type = view.getUint16(at + 8);
    const values = Array.from(
      { length: parameterCounts[type] ?? 0 },
      (_, i) => view.getInt32(at + 12 + 4 * i) / 65_536,
    );
    return parametric(type, values);
  }
  if (kind !== curv) throw damaged();
  const count = view.getUint32(at + 8);
  if (count === 0) return (x) => x;
  if (count === 1) return parametric(0, [view.getUint16(at + 12) / 256]);
  const entry = (i: number) => view.getUint16(at + 12 + 2 * Math.min(i, count - 1)) / 65_535;
  entry(count - 1);
  return (x) => {
    const place = x * (count - 1);
    const [below, share] = [Math.floor(place), place % 1];
    return entry(below) * (1 - share) + entry(below + 1) * share;
  };
}

/**
 * @param profile of a grey device
 * @returns sample in [0, 1] → light in [0, 1]
 * @throws FormatError, one sentence, where there is no curve that can be read
 */
export function greyCurve(profile: Uint8Array): (sample: number) => number {
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  try {
    const kTRC = 0x6b545243;
    const tags = view.getUint32(tagTableAt);
    for (let i = 0; i < Math.min(tags, 100); i++) {
      const at = tagTableAt + 4 + 12 * i;
      if (view.getUint32(at) === kTRC) return curve(view, view.getUint32(at + 4));
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw damaged();
}
