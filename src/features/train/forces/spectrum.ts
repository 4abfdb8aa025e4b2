/** Radial power spectra: how much of each fineness of detail a picture has, whatever its direction. */

/** Larger parts would tell no more, and take longer than a frame. */
const largestSide = 64;

/** The luma (BT.601) of the middle square of an RGBA picture, the largest power of two that fits, 64 at most; row by row. */
export function middleLuma(data: ArrayLike<number>, width: number, height: number): Float64Array {
  const side = Math.min(largestSide, 2 ** Math.floor(Math.log2(Math.min(width, height))));
  const [left, top] = [(width - side) >> 1, (height - side) >> 1];
  return Float64Array.from({ length: side * side }, (_, i) => {
    const at = 4 * ((top + Math.floor(i / side)) * width + left + (i % side));
    return (0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0)) / 255;
  });
}

/** Real and imaginary parts of the discrete Fourier transform of each row, for frequencies below the sampling rate. */
function transformRows(real: Float64Array, imaginary: Float64Array, side: number): [Float64Array, Float64Array] {
  const [outReal, outImaginary] = [new Float64Array(side * side), new Float64Array(side * side)];
  const cosine = Float64Array.from({ length: side }, (_, i) => Math.cos((2 * Math.PI * i) / side));
  const sine = Float64Array.from({ length: side }, (_, i) => Math.sin((2 * Math.PI * i) / side));
  for (let row = 0; row < side; row++) {
    for (let frequency = 0; frequency < side; frequency++) {
      let [a, b] = [0, 0];
      for (let x = 0; x < side; x++) {
        const at = (frequency * x) % side;
        const [c, s] = [cosine[at] ?? 0, sine[at] ?? 0];
        const [re, im] = [real[row * side + x] ?? 0, imaginary[row * side + x] ?? 0];
        a += re * c + im * s;
        b += im * c - re * s;
      }
      // Transposed: the second pass takes the columns as rows.
      outReal[frequency * side + row] = a;
      outImaginary[frequency * side + row] = b;
    }
  }
  return [outReal, outImaginary];
}

/**
 * Mean power by the frequency's distance from 0, in cycles a picture: of 1 … side / 2. A Hann window keeps the picture's border out of it.
 * @param luma a square, row by row
 */
export function radialPower(luma: Float64Array): Float64Array {
  const side = Math.sqrt(luma.length);
  const mean = luma.reduce((sum, value) => sum + value, 0) / luma.length;
  const hann = (i: number) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / side);
  const windowed = luma.map((value, i) => (value - mean) * hann(Math.floor(i / side)) * hann(i % side));
  const [real, imaginary] = transformRows(...transformRows(windowed, new Float64Array(luma.length), side), side);
  const power = new Float64Array(side / 2);
  const counts = new Float64Array(side / 2);
  for (let i = 0; i < luma.length; i++) {
    const wrap = (frequency: number) => Math.min(frequency, side - frequency);
    const radius = Math.round(Math.hypot(wrap(Math.floor(i / side)), wrap(i % side)));
    if (radius < 1 || radius > side / 2) continue;
    power[radius - 1] = (power[radius - 1] ?? 0) + (real[i] ?? 0) ** 2 + (imaginary[i] ?? 0) ** 2;
    counts[radius - 1] = (counts[radius - 1] ?? 0) + 1;
  }
  return power.map((sum, i) => sum / (counts[i] || 1) / luma.length);
}

/** The mean of spectra of one length, in dB; empty without any. */
export function meanDecibels(spectra: readonly Float64Array[]): number[] {
  const [first] = spectra;
  if (!first) return [];
  return Array.from(first, (_, i) => {
    const mean = spectra.reduce((sum, spectrum) => sum + (spectrum[i] ?? 0), 0) / spectra.length;
    // 8-bit pictures have nothing below.
    return 10 * Math.log10(Math.max(mean, 1e-7));
  });
}
