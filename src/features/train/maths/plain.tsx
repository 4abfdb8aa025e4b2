import type { ReactNode } from 'react';

const signs: Readonly<Record<string, string>> = {
  '\\mathcal{L}': 'ℒ',
  '\\bar\\alpha': 'ᾱ',
  '\\hat{x}': 'x̂',
  '\\hat{y}': 'ŷ',
  '\\lambda': 'λ',
  '\\theta': 'θ',
  '\\phi': 'φ',
  '\\beta': 'β',
};

/** x_{a}^{b} in its parts: plain text, and what is lowered or raised. */
const parts = /([_^])(?:\{((?:[^{}]|\{[^}]*\})*)\}|(.))|([^_^]+)/g;

const signed = (tex: string) => Object.entries(signs).reduce((all, [from, to]) => all.replaceAll(from, to), tex);

/** A symbol in letters alone: for names that are read out. */
export const spoken = (tex: string): string => signed(tex).replace(/[{}\\]/g, '');

/** The few symbols of the paper that stand in running text, before the typesetter is there. */
export function plain(tex: string): ReactNode[] {
  return [...signed(tex).matchAll(parts)].map(([whole, place, braced, single, text], index) => {
    const key = `${index}${whole}`;
    const small = (braced ?? single ?? '').replace(/[{}_]/g, '');
    if (place === '_') return <sub key={key}>{small}</sub>;
    if (place === '^') return <sup key={key}>{small}</sup>;
    return <i key={key}>{text}</i>;
  });
}
