import { CircleCheck, CircleDashed, type LucideIcon, OctagonAlert, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useApp } from '../../../store/context.ts';
import { currentConfig } from '../../../store/training.ts';
import styles from '../train.module.css';
import { cancelDraw, scheduleDraw } from '../use-feed.ts';
import { type Health, healthOf, type Light } from './health.ts';

const icons: Readonly<Record<Light, LucideIcon>> = {
  waiting: CircleDashed,
  good: CircleCheck,
  warning: TriangleAlert,
  bad: OctagonAlert,
};
const words: Readonly<Record<Light, string>> = {
  waiting: 'not known yet',
  good: 'good',
  warning: 'take care',
  bad: 'bad',
};
const checkMilliseconds = 1000;

/** A light for each network; troubles are said in full. */
export function HealthLights() {
  const { feed, store } = useApp();
  const [all, setAll] = useState<readonly Health[]>([]);
  useEffect(() => {
    let before = '';
    const check = () => {
      const { training } = store.getState();
      const next = feed.step === 0 ? [] : healthOf(feed.curves, currentConfig(training));
      const text = JSON.stringify(next);
      if (text !== before) setAll(next);
      before = text;
    };
    check();
    const stop = feed.listen((change) => {
      if (change === 'rows') scheduleDraw(checkMilliseconds, check);
    });
    return () => {
      stop();
      cancelDraw(checkMilliseconds, check);
    };
  }, [feed, store]);
  const troubles = all.filter(({ light }) => light === 'bad' || light === 'warning');
  if (all.length === 0) return null;
  return (
    <section className={styles.health} aria-label="Health">
      <ul className={styles.lights}>
        {all.map(({ name, light, sentence }) => {
          const Icon = icons[light];
          return (
            <li key={name} className={styles.light} data-light={light} title={sentence}>
              <Icon size={14} aria-hidden="true" />
              {name}
              <span className="sr-only">: {words[light]}</span>
            </li>
          );
        })}
      </ul>
      {troubles.map(({ name, light, sentence }) => (
        <p key={name} className={styles.trouble} data-light={light}>
          {sentence}
        </p>
      ))}
    </section>
  );
}
