import { useEffect, useRef } from 'react';
import styles from './Thumbnail.module.css';

/** Draws the small picture; a canvas, because a bitmap has no address for an img. */
export function Thumbnail({ bitmap }: { readonly bitmap: ImageBitmap }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    // A closed bitmap (the image was removed meanwhile) has no size and can't be drawn.
    if (!element || bitmap.width === 0) return;
    element.width = bitmap.width;
    element.height = bitmap.height;
    element.getContext('2d')?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return <canvas ref={canvas} className={styles.thumbnail} />;
}
