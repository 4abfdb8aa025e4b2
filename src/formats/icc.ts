/** ICC profiles of curves and a matrix (ICC.1:2022, §8.3.3 and §8.4.2): greys, and RGB without tables. */

/** Sample in [0, 1] → light in [0, 1]. */
export type Light = (sample: number) => number;

export interface Profile {
  /** XYZ, white of D50, of red, green and blue; null for greys. */
  readonly colorants: readonly (readonly [number, number, number])[] | null;
  /** Of grey, or of red, green and blue. */
  readonly light: readonly Light[];
}

const tagTableAt = 128;
const spaceAt = 16;
/** More tags than any profile has. */
const mostTags = 100;
/** Fixed-point numbers of the format. */
const one = 65_536;

/** Parametric curves by their function type: parameters g, a, b, c, d, e, f in this order, as many as the type has. */
function parametric(type: number, [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0]: readonly number[]): Light {
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
      throw new RangeError('There is no such curve.');
  }
}
const parameterCounts = [1, 3, 4, 5, 7];

function curve(view: DataView, at: number): Light {
  const kind = view.getUint32(at);
  const [curv, para] = [0x63757276, 0x70617261];
  if (kind === para) {
    const type = view.getUint16(at + 8);
    const values = Array.from({ length: parameterCounts[type] ?? 0 }, (_, i) => view.getInt32(at + 12 + 4 * i) / one);
    return parametric(type, values);
  }
  if (kind !== curv) throw new RangeError('That is no curve.');
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

const text = (view: DataView, at: number) => String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));

/** @returns null where the profile is damaged, has tables, or is of other colours than grey and RGB */
export function readProfile(profile: Uint8Array): Profile | null {
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  try {
    const tags = new Map<string, number>();
    for (let i = 0; i < Math.min(view.getUint32(tagTableAt), mostTags); i++) {
      const at = tagTableAt + 4 + 12 * i;
      tags.set(text(view, at), view.getUint32(at + 4));
    }
    const place = (tag: string): number => {
      const at = tags.get(tag);
      if (at === undefined) throw new RangeError(`The profile has no ${tag}.`);
      return at;
    };
    const space = text(view, spaceAt);
    if (space === 'GRAY') return { colorants: null, light: [curve(view, place('kTRC'))] };
    if (space !== 'RGB ' || tags.has('A2B0')) return null;
    const number = (at: number) => view.getInt32(at) / one;
    const colorants = ['rXYZ', 'gXYZ', 'bXYZ'].map((tag) => {
      const at = place(tag) + 8;
      return [number(at), number(at + 4), number(at + 8)] as const;
    });
    return { colorants, light: ['rTRC', 'gTRC', 'bTRC'].map((tag) => curve(view, place(tag))) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
