/** Keys of the Train page. */
import { useEffect } from 'react';
import type { ChartView } from '../../store/chart-view.ts';
import { useApp } from '../../store/context.ts';
import type { Replay } from '../../store/other-runs.ts';
import type { AppModel } from '../../store/store.ts';
import { isBusy } from '../../store/training.ts';
import type { TrainingFeed } from '../../store/training-feed.ts';
import { useCommands } from '../ui/commands.ts';
import type { DrawerName } from './Drawer.tsx';

/** @param by iterations; ±Infinity: to an end */
export function stepIteration({ curves }: Pick<TrainingFeed, 'curves'>, chartView: ChartView, by: number): void {
  if (curves.end === curves.first) return;
  const now = chartView.now.iteration === null ? curves.end - 1 : curves.indexOf(chartView.now.iteration);
  const next = Math.min(curves.end - 1, Math.max(curves.first, now + by));
  chartView.change({ iteration: curves.get('iteration').at(next), hover: null });
}

const typing = 'input, select, textarea, [contenteditable], [role="dialog"], [role="alertdialog"], [data-drawer]';
/** They have a use of their own for Space. */
const pressed = 'button, summary, a';

/** Iterations by the keys that go through them. */
const moves: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** Actions that the palette offers here. */
export function useTrainCommands(
  openDrawer: (name: DrawerName) => void,
  saveLogbook: () => void,
  showRecorded: () => void,
): void {
  const { store, actions } = useApp();
  useCommands(() => {
    const { run, runs } = store.getState().training;
    const status = run?.status ?? null;
    return [
      ...(isBusy(status)
        ? [{ label: 'Pause training', run: actions.pauseTraining }]
        : [
            { label: run && run.step > 0 ? 'Resume training' : 'Train', run: actions.playTraining },
            { label: 'Step one iteration', keys: '.', run: () => actions.stepTraining('iteration') },
            { label: 'Step one phase', run: () => actions.stepTraining('phase') },
          ]),
      { label: 'Teach it my pictures', run: () => openDrawer('teach') },
      { label: 'Show the forces', run: () => document.getElementById('forces')?.scrollIntoView() },
      { label: 'Open the settings', run: () => openDrawer('settings') },
      { label: 'Open the runs and notes', run: () => openDrawer('runs') },
      ...(runs.length > 0 ? [{ label: 'Save a logbook', run: saveLogbook }] : []),
      { label: 'Watch the recorded run, the demo', run: showRecorded },
    ];
  });
}

/**
 * Space plays and pauses what is shown, the recording or the run; a full stop steps; arrows, Home and End go through the
 * iterations. Never while typing, and not at all where single characters are switched off.
 */
export function useTrainKeys({ store, feed, chartView, actions }: AppModel, replay: Replay | null): void {
  useEffect(() => {
    const toggle = () => {
      if (replay) {
        if (replay.now.isPlaying) replay.pause();
        else replay.play();
        return;
      }
      const status = store.getState().training.run?.status ?? null;
      if (!isBusy(status)) actions.playTraining();
      else if (status !== 'pausing') actions.pauseTraining();
    };
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      const { settings, training } = store.getState();
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!settings.letterKeys || target?.closest(typing)) return;
      if (event.key in moves) {
        event.preventDefault();
        stepIteration(feed, chartView, moves[event.key] ?? 0);
      }
      if (event.repeat) return;
      if (event.key === ' ' && !target?.closest(pressed)) {
        event.preventDefault();
        toggle();
      } else if (event.key === '.' && !isBusy(training.run?.status ?? null)) {
        event.preventDefault();
        actions.stepTraining('iteration');
      }
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [store, feed, chartView, actions, replay]);
}
