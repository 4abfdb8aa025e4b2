import { useEffect, useState } from 'react';
import { version } from '../../../package.json';
import { type OptionName, options } from '../../paper/options.ts';
import { creditOf, samples, sampleUrl } from '../intake/samples.ts';
import { pageHref, readingHref, useReading } from '../ui/router.ts';
import styles from './AboutPage.module.css';

// The readings of the paper, from section 8 of src/paper/README.md.

export interface Reading {
  /** "8.5" */
  readonly number: string;
  readonly title: string;
  /** One paragraph: text, `code` and [links](#s8.4). */
  readonly text: string;
  /** Names of the settings that choose it. */
  readonly settings: readonly string[];
}

/** Each "### 8.N Title" with the paragraph below it and its line "Setting: …". */
export function parseReadings(markdown: string): readonly Reading[] {
  const parts = markdown.split(/^### (?=8\.\d+ )/m).slice(1);
  return parts.map((part) => {
    const [head = '', ...lines] = part.split('\n');
    const [, number = '', title = ''] = /^(8\.\d+) (.*)$/.exec(head) ?? [];
    const end = lines.indexOf('');
    const [, settings = ''] = /^Setting: (.*)$/m.exec(part) ?? [];
    return {
      number,
      title: title.replace(/ <a id=.*$/, ''),
      text: lines.slice(0, end < 0 ? undefined : end).join(' '),
      settings: [...settings.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    };
  });
}

export type Span =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  /** To another reading. */
  | { readonly kind: 'reading'; readonly text: string };

/** A paragraph's text, code, and links; a link to another section than 8 is its number alone. */
export function spansOf(text: string): readonly Span[] {
  const pattern = /`([^`]+)`|\[§?([^\]]+)\]\(#s([\w.]+)\)|([^`[]+|[`[])/g;
  return [...text.matchAll(pattern)].map(([, code, label, target, plain = '']): Span => {
    if (code !== undefined) return { kind: 'code', text: code };
    if (target === undefined) return { kind: 'text', text: plain };
    return target.startsWith('8.') ? { kind: 'reading', text: target } : { kind: 'text', text: `section ${label}` };
  });
}

/** Fetched when the page is opened. */
const loadReadings = async (): Promise<readonly Reading[]> =>
  parseReadings((await import('../../paper/README.md?raw')).default);

function SampleCredits() {
  return (
    <ul className={styles.credits}>
      {samples.map((sample) => (
        <li key={sample.file} className={styles.credit}>
          <img className={styles.picture} src={sampleUrl(sample)} alt="" width={40} height={40} />
          <span>
            {sample.title}: {creditOf(sample)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function ReadingSpan({ span: { kind, text } }: { readonly span: Span }) {
  if (kind === 'code') return <code>{text}</code>;
  return kind === 'reading' ? <a href={readingHref(text)}>reading {text}</a> : text;
}

function ReadingItem({ reading: { number, title, text, settings } }: { readonly reading: Reading }) {
  return (
    <li id={`reading-${number}`} className={styles.reading} tabIndex={-1}>
      <h3>
        {number} {title}
      </h3>
      <p>
        {spansOf(text).map((span, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the text never changes
          <ReadingSpan key={i} span={span} />
        ))}
      </p>
      {settings.length > 0 && (
        <p className={styles.settings}>
          Settings: {settings.map((name) => options[name as OptionName]?.label ?? name).join(', ')}
        </p>
      )}
    </li>
  );
}

/** Every reading of the paper; the one that the address names is scrolled to. */
function Readings() {
  const [readings, setReadings] = useState<readonly Reading[]>([]);
  const asked = useReading();
  useEffect(() => {
    loadReadings().then(setReadings, () => {});
  }, []);
  useEffect(() => {
    if (asked === null || readings.length === 0) return;
    const item = document.getElementById(`reading-${asked}`);
    item?.scrollIntoView({ block: 'start' });
    item?.focus({ preventScroll: true });
  }, [asked, readings]);
  return (
    <section>
      <h2>Readings of the paper</h2>
      <p>
        The paper is short, and some of it is ambiguous or misprinted. Each reading says what it prints, what stands
        against it, and the default here.
      </p>
      <ul className={styles.readings}>
        {readings.map((reading) => (
          <ReadingItem key={reading.number} reading={reading} />
        ))}
      </ul>
    </section>
  );
}

export function AboutPage() {
  return (
    <article className={styles.page}>
      <h1>About CoSR Playground</h1>
      <p>
        A research playground for single-step diffusion super-resolution. Drop an image and get it with four times the
        width and height, after one step of a diffusion network, in this browser tab.
      </p>
      <a className={styles.tour} href={pageHref('tour')}>
        <strong>Take the 60-second tour</strong>
        <span>
          One iteration of the training, live in this tab: noise, the student, two discriminators, the downsampler, the
          update. Each screen has its equation.
        </span>
      </a>
      <section>
        <h2>The paper</h2>
        <p>
          It follows{' '}
          <em>Co-learning Single-Step Diffusion Upsampler and Downsampler with Two Discriminators and Distillation</em>{' '}
          by Sohwi Kim and Tae-Kyun Kim (KAIST), and what that builds on: the ResShift teacher, which takes 15 steps,
          and SinSR, a student that learnt to do the same in one. This is an independent implementation, not the
          authors’.
        </p>
      </section>
      <section>
        <h2>Features</h2>
        <ul>
          <li>
            <a href={pageHref('upscale')}>Upscaling</a> ×4 with our one-step student, SinSR’s, an L2 regression, their
            multi-step ResShift teacher, or ESRGANs of others.
          </li>
          <li>
            <a href={pageHref('train')}>Co-training</a> of the five networks on small crops of the sample pictures or
            your own, with every loss, score and picture on screen, step by step where you want it; runs are kept,
            rewound and forked.
          </li>
          <li>
            <a href={pageHref('compare')}>Comparing</a> methods and models of others on one picture, side by side, with
            numbers.
          </li>
          <li>
            <a href={pageHref('gallery')}>A gallery</a> of the test pictures through every method, ready made.
          </li>
          <li>
            <a href={pageHref('evaluate')}>Evaluating</a> over your own pictures, by the metrics that come with the page
            and those that you bring as ONNX files.
          </li>
          <li>
            Everything on WebGPU, or more slowly on WebAssembly; <a href={pageHref('diagnosis')}>Diagnosis</a> tells
            which, and why.
          </li>
        </ul>
        <p>
          The small networks are for trying things out and don’t reach the paper’s quality. The published ResShift,
          SinSR and autoencoder files run here once you add them on the <a href={pageHref('models')}>Models</a> page.
        </p>
      </section>
      <Readings />
      <section>
        <h2>Privacy</h2>
        <p>
          Your pictures never leave this device. They are read, upscaled and kept in this browser’s own storage, until
          you remove them. There is no server to send them to, no analytics and no cookies; the page’s content security
          policy lets it load its own files and connect nowhere else.
        </p>
      </section>
      <section>
        <h2>Licences</h2>
        <p>
          This is version {version}, under the Apache License 2.0. It is built with TensorFlow.js, React, ONNX Runtime
          and other packages; <a href="licences.md">licences.md</a> has their notices. KaTeX’s fonts are under the SIL
          Open Font License.
        </p>
        <p>
          The sample pictures were cropped and reduced ×4; <a href="samples/ATTRIBUTION.md">ATTRIBUTION.md</a> has the
          sources and changes in full.
        </p>
        <SampleCredits />
      </section>
    </article>
  );
}
