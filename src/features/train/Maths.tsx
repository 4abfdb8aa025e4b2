import type { ReactNode } from 'react';
import styles from './Maths.module.css';

const signs: Readonly<Record<string, string>> = {
  '\\mathcal{L}': 'ℒ',
  '\\lambda': 'λ',
  '\\theta': 'θ',
  '\\phi': 'φ',
  '\\bar\\alpha': 'ᾱ',
  '\\hat{x}': 'x̂',
  '\\hat{y}': 'ŷ',
};

/** x_{a}^{b} in its parts: plain text, and what is lowered or raised. */
const parts = /([_^])(?:\{([^}]*)\}|(.))|([^_^]+)/g;

/** The few symbols of the paper that the page shows, from their TeX. */
export function Maths({ tex }: { readonly tex: string }) {
  const text = Object.entries(signs).reduce((all, [from, to]) => all.replaceAll(from, to), tex);
  const children: ReactNode[] = [...text.matchAll(parts)].map(([whole, place, braced, single, plain], index) => {
    const key = `${index}${whole}`;
    if (place === '_') return <sub key={key}>{braced ?? single}</sub>;
    if (place === '^') return <sup key={key}>{braced ?? single}</sup>;
    return <i key={key}>{plain}</i>;
  });
  return <span className={styles.symbol}>{children}</span>;
}
