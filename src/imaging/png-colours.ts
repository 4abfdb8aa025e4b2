/** A PNG's colour tags, and the reading of PNGs of 16 bits, for page and command line alike. */
import { FormatError } from '../formats/errors.ts';
import { type Light, readProfile } from '../formats/icc.ts';
import { type CodePoints, inflate, type PngColour, readDeepSamples, readPngChunks } from '../formats/png.ts';
import { type Rgba8, turned } from './image.ts';
import {
  type Colours,
  coloursOf,
  coloursOfProfile,
  displayP3Primaries,
  ntscPrimaries,
  type Primaries,
  palPrimaries,
  rec2020Primaries,
  spansColours,
  srgbPrimaries,
  toSrgb8,
} from './to-srgb.ts';

const codePointPrimaries: Readonly<Partial<Record<number, Primaries>>> = {
  1: srgbPrimaries,
  5: palPrimaries,
  6: ntscPrimaries,
  7: ntscPrimaries,
  9: rec2020Primaries,
  12: displayP3Primaries,
};
const srgbLight: Light = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
/** BT.1886: the display's side of BT.709 and BT.2020, as Chromium shows them. */
const videoLight: Light = (v) => v ** 2.4;
const codePointLight: Readonly<Partial<Record<number, Light>>> = {
  1: videoLight,
  4: (v) => v ** 2.2,
  5: (v) => v ** 2.8,
  6: videoLight,
  8: (v) => v,
  13: srgbLight,
  14: videoLight,
  15: videoLight,
};
/** Profiles with large tables have a few megabytes. */
const mostProfileBytes = 2 ** 24;
/** A gamma this near to 1/2.2 means sRGB. */
const nearly22 = 0.01;

/** @throws FormatError, one sentence, for HDR and for code points that are not read here */
export function coloursOfCode({ primaries, transfer }: CodePoints): Colours {
  const [known, light] = [codePointPrimaries[primaries], codePointLight[transfer]];
  if (known && light) return coloursOf(known, light);
  throw new FormatError('The image is an HDR picture or of unusual colours: convert it to sRGB first.');
}

/**
 * Colours by tags other than profiles: cICP before iCCP before sRGB before gAMA and cHRM.
 * @returns null where they are sRGB's, or a profile says them
 * @throws FormatError, one sentence, for HDR
 */
export function taggedColours({ codePoints, profile, isSrgb, gamma, chromaticities }: PngColour): Colours | null {
  if (codePoints) return coloursOfCode(codePoints);
  if (profile || isSrgb || gamma === null || gamma === 0) return null;
  if (Math.abs(gamma - 1 / 2.2) < nearly22 && chromaticities === null) return null;
  const primaries = chromaticities && spansColours(chromaticities) ? chromaticities : srgbPrimaries;
  return coloursOf(primaries, (v) => v ** (1 / gamma));
}

/**
 * @param file a whole PNG file of 16 bits a sample
 * @returns 8-bit sRGB, upright; null where its profile has tables, which are the platform's to read
 * @throws FormatError, one sentence, where it is damaged, or HDR
 */
export async function readDeepPng(file: Uint8Array<ArrayBuffer>): Promise<Rgba8 | null> {
  const png = readPngChunks(file);
  let colours = taggedColours(png.colour);
  if (!colours && png.colour.profile) {
    const profile = readProfile(await inflate([Uint8Array.from(png.colour.profile)], mostProfileBytes));
    if (!profile) return null;
    colours = coloursOfProfile(profile);
  }
  const { width, height, orientation } = png;
  const data = toSrgb8(await readDeepSamples(png), colours);
  return turned({ width, height, data }, orientation);
}
