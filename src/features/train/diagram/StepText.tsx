import { say, useFeed } from '../use-feed.ts';
import styles from './Diagram.module.css';

/** Which iteration the pictures are of: the nearest one before that was kept. */
export function StepText() {
  const text = useFeed<HTMLParagraphElement>(['panels', 'rows', 'look'], (element, feed, { iteration }) => {
    const frame = feed.frame(iteration);
    const none = feed.step > 0 ? 'Pictures come with the next iteration.' : '';
    say(element, frame ? `Pictures of iteration ${(frame.step + 1).toLocaleString('en-US')}` : none);
  });
  return <p ref={text} className={styles.step} data-testid="picture-step" />;
}
