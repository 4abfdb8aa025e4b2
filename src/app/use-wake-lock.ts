import { useEffect } from 'react';
import { isBusy } from '../features/train/status.ts';
import { useAppState } from '../store/context.ts';

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
