/**
 * Drawings at common times: however many parts of the page follow the run, and however fast it goes, they cost one frame a
 * beat together.
 */
interface Beat {
  readonly waiting: Set<() => void>;
  isSet: boolean;
}

const beats = new Map<number, Beat>();

function run(beat: Beat): void {
  requestAnimationFrame(() => {
    const draws = [...beat.waiting];
    beat.waiting.clear();
    beat.isSet = false;
    for (const draw of draws) draw();
  });
}

/**
 * Draws once at the next beat, whatever often it is asked for.
 * @param milliseconds between two beats; they are at multiples of it, so that those of a multiple fall together
 */
export function atBeat(milliseconds: number, draw: () => void): void {
  let beat = beats.get(milliseconds);
  if (!beat) {
    beat = { waiting: new Set(), isSet: false };
    beats.set(milliseconds, beat);
  }
  beat.waiting.add(draw);
  if (beat.isSet) return;
  beat.isSet = true;
  const now = performance.now();
  setTimeout(run, (Math.floor(now / milliseconds) + 1) * milliseconds - now, beat);
}

export function leaveBeat(milliseconds: number, draw: () => void): void {
  beats.get(milliseconds)?.waiting.delete(draw);
}
