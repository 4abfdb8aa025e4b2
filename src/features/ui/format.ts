/** Numbers and names as people read them. */
import type { BackendKind } from '../../protocol/upscale.ts';

export const backendTitles: Readonly<Record<BackendKind, string>> = {
  webgpu: 'WebGPU',
  wasm: 'WebAssembly',
  cpu: 'CPU',
};

/** "3.4 MB"; binary multiples under their usual names, as in system monitors. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(value < 9.95 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

/** The one figure for memory, predicted and measured: said wherever it stands. */
export const memoryMeaning =
  'Memory: the most bytes of tensors at once, weights and activations, as TensorFlow.js counts them. Pictures and the buffers that the browser keeps come on top.';

/** "0.4 s", "12 s", "3 min 05 s", "1 h 20 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.05) return 'under 0.1 s';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

/** Of an estimate, which is no more exact: "45 s", "12 min", "1.5 h". */
export function roughTime(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** "85 ms", "1.2 s". */
export const formatMilliseconds = (milliseconds: number): string =>
  milliseconds < 999.5 ? `${Math.round(milliseconds)} ms` : formatSeconds(milliseconds / 1000);

export const formatSize = (width: number, height: number): string => `${width} × ${height}`;

/** "under 0.01 MP", "0.07 MP", "12 MP". */
export function formatMegapixels(value: number): string {
  if (value < 0.005) return 'under 0.01 MP';
  return `${value.toFixed(value < 0.995 ? 2 : value < 9.95 ? 1 : 0)} MP`;
}

/** "94 %", and "under 1 %" of what is more than nothing. @param share 0 … 1 */
export const formatShare = (share: number): string =>
  share > 0 && share < 0.01 ? 'under 1 %' : `${Math.round(100 * share)} %`;

/** "24.31 dB"; equal pictures are "identical", since their PSNR is infinite. @param value dB */
export const formatPsnr = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(2)} dB` : 'identical');

export const formatInteger = (value: number): string => value.toLocaleString('en-US');

/** Of a rate or a ratio: "0.012", "4.5", "123". */
export const formatTwoDigits = (value: number): string =>
  Math.abs(value) < 99.5 ? value.toPrecision(2) : formatInteger(Math.round(value));

/** "1 tile", "1,024 tiles". */
export const formatCount = (count: number, noun: string): string =>
  `${formatInteger(count)} ${noun}${count === 1 ? '' : 's'}`;

const sameDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const otherDay = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** "14:05" of today, else "3 Nov, 14:05". @param time, now milliseconds since 1970 */
export function formatDate(time: number, now = Date.now()): string {
  const isToday = new Date(time).toDateString() === new Date(now).toDateString();
  return (isToday ? sameDay : otherDay).format(time);
}
