import { useEffect, useRef } from 'react';

interface BitmapViewProps {
  readonly bitmap: ImageBitmap;
  readonly label: string;
  readonly className?: string;
}

/** A bitmap as it is, pixel for pixel or as the style has it. */
export function BitmapView({ bitmap, label, className }: BitmapViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    // One that was given back already has no size.
    if (context && bitmap.width > 0) context.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return (
    <canvas
      ref={canvas}
      className={className}
      width={bitmap.width || 1}
      height={bitmap.height || 1}
      role="img"
      aria-label={label}
    />
  );
}
