import { useEffect } from 'react';
import { useAppState } from '../store/context.ts';
import { isActive } from '../store/queue.ts';

/** Asks before the tab closes on a run: its finished tiles would be lost. */
export function useLeaveWarning(): void {
  const busy = useAppState(({ queue }) => queue.order.some((id) => isActive(queue.items[id]?.state ?? 'done')));
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
}
