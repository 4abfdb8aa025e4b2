import { useLayoutEffect, useRef, useSyncExternalStore } from 'react';
import styles from './Maths.module.css';
import { plain } from './plain.tsx';
import { currentTypesetter, listenToTypesetter } from './typesetter.ts';

interface MathsProps {
  readonly tex: string;
  /** An equation on lines of its own. */
  readonly isDisplay?: boolean;
}

function Typeset({ tex, isDisplay = false }: MathsProps) {
  const element = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (element.current) currentTypesetter()?.(tex, element.current, isDisplay);
  }, [tex, isDisplay]);
  return <span ref={element} className={isDisplay ? styles.equation : styles.typeset} />;
}

/** A symbol or an equation of the paper, from its TeX. */
export function Maths(props: MathsProps) {
  const isThere = useSyncExternalStore(listenToTypesetter, () => currentTypesetter() !== null);
  return isThere ? <Typeset {...props} /> : <span className={styles.symbol}>{plain(props.tex)}</span>;
}
