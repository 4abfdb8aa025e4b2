import { Popover } from '@base-ui/react/popover';
import { CircleCheck, CircleDashed, type LucideIcon, OctagonAlert, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useApp } from '../../../store/context.ts';
import { currentConfig } from '../../../store/training.ts';
import styles from '../train.module.css';
import { cancelDraw, scheduleDraw } from '../use-feed.ts';
import lights from './health.module.css';
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

/** A light for each network, which says what it means when it is pressed. */
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
  if (all.length === 0) return null;
  return (
    <section className={lights.health} aria-label="Health">
      {all.map(({ name, light, sentence }) => {
        const Icon = icons[light];
        return (
          <Popover.Root key={name}>
            <Popover.Trigger className={lights.light} data-light={light} title={sentence}>
              <Icon size={14} aria-hidden="true" />
              {name}
              <span className="sr-only">: {words[light]}</span>
            </Popover.Trigger>
            <Popover.Portal>
              <Popover.Positioner className={styles.positioner} sideOffset={6} align="end" collisionPadding={8}>
                <Popover.Popup className={styles.popup}>
                  <Popover.Title className={styles.title}>
                    {name}: {words[light]}
                  </Popover.Title>
                  <Popover.Description>{sentence}</Popover.Description>
                </Popover.Popup>
              </Popover.Positioner>
            </Popover.Portal>
          </Popover.Root>
        );
      })}
    </section>
  );
}
