/**
 * A logbook: one or several runs as one HTML file. Opened in a browser it is a page to read (logbook-page.ts); dropped into the
 * app it gives the runs back. Behind the page stand the runs' files (run-bundle.ts) as base64, and at the end of the file
 * a directory of their places, so that a reader takes each as a range of the file:
 *
 *   <script type="application/zip" id="run-1">UEsDB…</script>
 *   <script type="application/json" id="cosr-logbook-1">{"runs":[{"start":…,"bytes":…}]}</script>
 *
 * Neither is a script that runs.
 */
import { base64, fromBase64, readBytes } from '../formats/bytes.ts';
import { FormatError } from '../formats/errors.ts';
import { type Logbook, logbookPage } from './logbook-page.ts';
import { writeRunBundle } from './run-bundle.ts';
import { count, fields, readList } from './run-record.ts';

const format = 'cosr-logbook-1';
const opening = (number: number) => `<script type="application/zip" id="run-${number}">`;
const directoryOpening = `<script type="application/json" id="${format}">`;
const closing = '</script>\n';

/** Bytes that are encoded at once: a multiple of 3, so that their texts follow each other without padding. */
const part = 3 * 2 ** 20;
const textLength = (bytes: number) => 4 * Math.ceil(bytes / 3);

/** The runs' newest checkpoints alone go into the file, or nothing to go on from. @throws what reading their files throws */
export async function writeLogbook(logbook: Logbook): Promise<Blob> {
  let file = new Blob([await logbookPage(logbook, format)]);
  const places: { readonly start: number; readonly bytes: number }[] = [];
  for (const [index, { bundle }] of (logbook.goesOn ? logbook.runs : []).entries()) {
    const zip = await writeRunBundle({ ...bundle, checkpoints: bundle.checkpoints.slice(-1) });
    const head = opening(index + 1);
    places.push({ start: file.size + head.length, bytes: zip.size });
    const texts: string[] = [];
    for (let at = 0; at < zip.size; at += part) {
      texts.push(base64(new Uint8Array(await readBytes(zip, at, Math.min(zip.size, at + part)))));
    }
    file = new Blob([file, head, ...texts, closing]);
  }
  const end = `${directoryOpening}${JSON.stringify({ runs: places })}${closing}</body>\n</html>\n`;
  return new Blob([file, end], { type: 'text/html' });
}

/** Runs of a logbook; a device keeps as many. */
const mostLogbookRuns = 16;
const directoryBytes = 4096;

interface Place {
  readonly start: number;
  readonly bytes: number;
}

const textOf = async (file: Blob, from: number, to: number) =>
  new TextDecoder('latin1').decode(await readBytes(file, from, to));

/** @throws FormatError where the file has no directory at its end */
async function readDirectory(file: Blob): Promise<Place[]> {
  const tail = await textOf(file, Math.max(0, file.size - directoryBytes), file.size);
  const at = tail.lastIndexOf(directoryOpening);
  const from = at + directoryOpening.length;
  const to = tail.indexOf('<', from);
  if (at < 0 || to < 0) {
    const head = await textOf(file, 0, Math.min(file.size, directoryBytes));
    throw new FormatError(
      head.includes(`content="${format}"`)
        ? 'The logbook is cut off, or another program has changed it: save it again on the Train page.'
        : 'This page is no logbook, for it holds no run: choose one that was saved on the Train page.',
    );
  }
  try {
    const { runs } = fields(JSON.parse(tail.slice(from, to)));
    return readList(runs, ({ start, bytes }) => ({ start: count(start), bytes: count(bytes) }));
  } catch {
    throw new FormatError('The directory of the logbook is damaged: save it again on the Train page.');
  }
}

const misplaced = (number: number) =>
  new FormatError(`Run ${number} of the logbook is not at its place: save it again on the Train page.`);

/** The run's own file. Its sizes were checked: it takes no more than the file itself. */
async function readRun(file: Blob, { start, bytes }: Place, number: number): Promise<Blob> {
  const head = opening(number);
  if ((await textOf(file, start - head.length, start)) !== head) throw misplaced(number);
  const end = start + textLength(bytes);
  if ((await textOf(file, end, end + closing.length)) !== closing) throw misplaced(number);
  const parts: Blob[] = [];
  for (let at = start; at < end; at += textLength(part)) {
    parts.push(new Blob([fromBase64(await textOf(file, at, Math.min(end, at + textLength(part))))]));
  }
  const run = new Blob(parts);
  if (run.size !== bytes)
    throw new FormatError(`Run ${number} of the logbook is damaged: save it again on the Train page.`);
  return run;
}

/**
 * The runs' files, one at least: what is in them is for readRunBundle to check. The page itself is never looked at.
 * @throws FormatError, one sentence
 */
export async function readLogbook(file: Blob): Promise<Blob[]> {
  const places = await readDirectory(file);
  if (places.length === 0) {
    throw new FormatError(
      'This logbook was saved without checkpoints, to be read alone: save one with them on the Train page to go on from it.',
    );
  }
  if (places.length > mostLogbookRuns) {
    throw new FormatError(
      `A logbook holds 1 to ${mostLogbookRuns} runs, and this one says ${places.length}: save it again on the Train page.`,
    );
  }
  let before = 0;
  for (const [index, { start, bytes }] of places.entries()) {
    const end = start + textLength(bytes) + closing.length;
    if (start < before + opening(index + 1).length || end > file.size) throw misplaced(index + 1);
    before = end;
  }
  const runs: Blob[] = [];
  for (const [index, place] of places.entries()) runs.push(await readRun(file, place, index + 1));
  return runs;
}
