import { Pause, Play, X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { type Replay, type ReplaySpeed, replaySpeeds } from '../../../store/replay.ts';
import { Button, IconButton } from '../../ui/buttons.tsx';
import { formatCount } from '../../ui/format.ts';
import { runName } from '../runs/run-name.ts';
import styles from './ReplayBar.module.css';
import { recordedOn } from './words.ts';

interface ReplayBarProps {
  readonly replay: Replay;
  readonly onClose: () => void;
}

/** Says that this is a recording, of what and where it was made; plays it. */
export function ReplayBar({ replay, onClose }: ReplayBarProps) {
  const { isPlaying, speed } = useSyncExternalStore(replay.listen, () => replay.now);
  const { recording, feed } = replay;
  return (
    <section className={styles.bar} aria-label="Recording">
      <p className={styles.text}>
        <strong className={styles.badge}>Recording</strong> Not computed here: {formatCount(feed.step, 'iteration')} of{' '}
        {recording.preset} ({runName(recording.config)}), recorded on {recordedOn(recording)}. Press Play above to train
        live in this tab.
      </p>
      <div className={styles.controls}>
        {isPlaying ? (
          <Button onClick={() => replay.pause()}>
            <Pause size={16} aria-hidden="true" />
            Pause recording
          </Button>
        ) : (
          <Button onClick={() => replay.play()}>
            <Play size={16} aria-hidden="true" />
            Play recording
          </Button>
        )}
        <label className={styles.speed}>
          Speed
          <select
            value={speed}
            onChange={(event) => {
              replay.speed = Number(event.target.value) as ReplaySpeed;
            }}
          >
            {replaySpeeds.map((each) => (
              <option key={each} value={each}>
                {each < 1 ? 'Slow motion' : `${each} iterations/s`}
              </option>
            ))}
          </select>
        </label>
        <IconButton icon={X} label="Close the recording" onClick={onClose} />
      </div>
    </section>
  );
}
