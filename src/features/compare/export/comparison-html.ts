/** A comparison as one file that needs nothing else: pictures as data URLs, its own few lines of style and script. */
import { escaped, pageStyle, tableHtml } from '../../../report/html.ts';

interface ExportedPicture {
  readonly title: string;
  /** Its numbers, a line. */
  readonly facts: string;
  /** data:image/png;base64,… */
  readonly url: string;
}

interface ExportedComparison {
  readonly title: string;
  /** Of the results, pixels. */
  readonly width: number;
  readonly height: number;
  readonly pictures: readonly ExportedPicture[];
  /** Places of the left and the right picture that it opens on. */
  readonly pair: readonly [number, number];
  /** The conditions, a sentence: seed, degradation, weights. */
  readonly conditions: string;
  /** Rows of a table, the first its head. */
  readonly table: readonly (readonly string[])[];
}

const style = `${pageStyle}
.bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-bottom: 8px; }
select, button { min-height: 32px; font: inherit; }
#view { overflow: auto; max-height: 82vh; } p { margin: 0 0 8px; }
#stage { position: relative; overflow: hidden; touch-action: none; }
#stage img { display: block; width: 100%; height: auto; image-rendering: pixelated; }
#right { position: absolute; inset: 0; }
#line { position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; background: #fff; box-shadow: 0 0 0 1px #0008; pointer-events: none; }
#slider { display: block; width: 100%; max-width: 100%; }
#all { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(240px, 100%), 1fr)); gap: 12px; margin-top: 16px; }
`;

/** Runs in the exported page. */
const script = `
const pictures = [...document.querySelectorAll('#all img')];
const by = (id) => document.getElementById(id);
const [left, right, a, b, slider, line, stage, zoom] = ['left', 'right', 'a', 'b', 'slider', 'line', 'stage', 'zoom'].map(by);
let held = false;
const show = () => {
  left.src = pictures[a.value].src; left.alt = pictures[a.value].alt;
  right.src = pictures[b.value].src; right.alt = pictures[b.value].alt;
  const at = held ? 0 : Number(slider.value);
  right.style.clipPath = 'inset(0 0 0 ' + at + '%)';
  line.style.left = at + '%'; line.hidden = held;
};
const size = () => {
  const wide = Number(left.getAttribute('width'));
  const fit = Math.min(8, by('view').clientWidth / wide, 0.8 * innerHeight / Number(left.getAttribute('height')));
  stage.style.width = wide * (zoom.value === 'fit' ? fit : Number(zoom.value)) + 'px';
};
zoom.addEventListener('input', size); addEventListener('resize', size);
const hold = (on) => { held = on; by('blink').setAttribute('aria-pressed', String(on)); show(); };
for (const control of [a, b, slider]) control.addEventListener('input', show);
const drag = (event) => {
  if (!event.buttons) return;
  const box = stage.getBoundingClientRect();
  slider.value = Math.max(0, Math.min(100, 100 * (event.clientX - box.left) / box.width));
  show();
};
stage.addEventListener('pointerdown', drag); stage.addEventListener('pointermove', drag);
stage.addEventListener('dragstart', (event) => event.preventDefault());
by('blink').addEventListener('pointerdown', () => hold(true));
for (const end of ['pointerup', 'pointerleave', 'pointercancel']) by('blink').addEventListener(end, () => hold(false));
addEventListener('keydown', (event) => { if (event.key.toLowerCase() === 'b' && !event.repeat) hold(true); });
addEventListener('keyup', (event) => { if (event.key.toLowerCase() === 'b') hold(false); });
addEventListener('blur', () => hold(false));
size();
show();
`;

const zooms = [1, 2, 3, 4, 6, 8].map((zoom) => `<option value="${zoom}">${100 * zoom} %</option>`).join('');

const options = (pictures: readonly ExportedPicture[], selected: number) =>
  pictures
    .map(({ title }, i) => `<option value="${i}"${i === selected ? ' selected' : ''}>${escaped(title)}</option>`)
    .join('');

/** @param comparison with two pictures at least; its policy lets the page load nothing from anywhere */
export function comparisonHtml({
  title,
  width,
  height,
  pictures,
  pair,
  conditions,
  table,
}: ExportedComparison): string {
  const figures = pictures
    .map(
      ({ title: name, facts, url }) =>
        `<figure><img src="${escaped(url)}" alt="${escaped(name)}" width="${width}" height="${height}"><figcaption><b>${escaped(name)}</b> ${escaped(facts)}</figcaption></figure>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(conditions)}</p>
<div class="bar">
<label>Left <select id="a">${options(pictures, pair[0])}</select></label>
<label>Right <select id="b">${options(pictures, pair[1])}</select></label>
<label>Zoom <select id="zoom"><option value="fit">Fit</option>${zooms}</select></label>
<button id="blink" type="button" aria-pressed="false">Hold to blink (B)</button>
</div>
<div id="view"><div id="stage"><img id="left" alt="" width="${width}" height="${height}"><img id="right" alt="" width="${width}" height="${height}"><div id="line"></div></div></div>
<input id="slider" type="range" min="0" max="100" step="0.5" value="50" aria-label="Comparison line">
${tableHtml(table)}
<div id="all">
${figures}
</div>
</main>
<script>${script}</script>
</body>
</html>
`;
}
