import { useEffect } from 'react';
import { save } from '../features/ui/save.ts';
import { useApp, useAppState } from '../store/context.ts';
import { isActive, stateOf } from '../store/queue.ts';
import { isBusy } from '../store/training.ts';

/** Keeps the screen, and with it the machine, awake while a run goes. A browser that refuses is asked again on the next visit to the tab. */
export function useWakeLock(): void {
  const busy = useAppState(
    ({ training, evaluation }) => isBusy(training.run?.status ?? null) || evaluation.state?.running === true,
  );
  useEffect(() => {
    if (!busy || !navigator.wakeLock) return;
    let ended = false;
    let lock: WakeLockSentinel | null = null;
    const ask = async () => {
      // A hidden tab has none, and gets none.
      if (document.visibilityState !== 'visible') return;
      try {
        lock = await navigator.wakeLock.request('screen');
        if (ended) await lock.release();
      } catch {
        // The battery is low, or the system says no: training goes on all the same.
      }
    };
    void ask();
    document.addEventListener('visibilitychange', ask);
    return () => {
      ended = true;
      document.removeEventListener('visibilitychange', ask);
      void lock?.release();
    };
  }, [busy]);
}

/** Asks before the tab closes on a run. */
export function useLeaveWarning(): void {
  const busy = useAppState(({ queue }) => queue.order.some((id) => isActive(stateOf(queue, id))));
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
}

/** Saves what the engine exports, whatever page is on screen by then. */
export function useExported(): void {
  const { engine } = useApp();
  useEffect(
    () =>
      engine.listen((event) => {
        if (event.type === 'models-exported') save(event.name, event.file);
        if (event.type === 'training-exported') save(event.name, event.blob);
      }),
    [engine],
  );
}
