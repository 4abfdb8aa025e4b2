import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { type DegradationKind, degradationTitles } from '../../degradation/settings.ts';
import { IconButton } from '../ui/buttons.tsx';
import styles from './gallery.module.css';
import { degradationsOf, gallery, picturesOf, show, step, urlOf } from './gallery.ts';

const explained: Readonly<Record<DegradationKind, string>> = {
  bicubic: 'Clean: the photograph, reduced ×4.',
  'realesrgan-test': 'Mild blur, noise and JPEG: what most papers test on.',
  realesrgan: 'Strong blur, noise and JPEG, twice over.',
};

/** The making of the small pictures, and all of them to choose from. */
export function PicturePicker() {
  const state = useStore(gallery);
  const { degradation, picture } = state;
  const list = useRef<HTMLUListElement>(null);
  const pictures = picturesOf(state);
  const at = pictures.findIndex(({ name }) => name === picture);

  useEffect(() => {
    const chosen = list.current?.querySelector<HTMLElement>(`[data-picture="${CSS.escape(picture)}"]`);
    // Within the list alone: the page stays where it is.
    const box = list.current;
    if (!chosen || !box) return;
    const [left, top] = [chosen.offsetLeft - box.offsetLeft, chosen.offsetTop - box.offsetTop];
    if (left < box.scrollLeft || left + chosen.offsetWidth > box.scrollLeft + box.clientWidth) box.scrollLeft = left;
    if (top < box.scrollTop || top + chosen.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = top;
  }, [picture]);

  return (
    <>
      <fieldset className={styles.inputs}>
        <legend>Input made by</legend>
        {degradationsOf(state).map((kind) => (
          <label key={kind} className={styles.input}>
            <input
              type="radio"
              name="gallery-input"
              checked={kind === degradation}
              onChange={() => show({ degradation: kind })}
            />
            {degradationTitles[kind]}
          </label>
        ))}
        <p className={styles.note}>{explained[degradation]}</p>
      </fieldset>
      <section className={styles.pictures} aria-labelledby="gallery-pictures">
        <div className={styles.head}>
          <h2 id="gallery-pictures" aria-live="polite">
            Picture {at + 1} of {pictures.length}
          </h2>
          <IconButton icon={ChevronLeft} label="Previous picture" keys="," onClick={() => step(-1)} />
          <IconButton icon={ChevronRight} label="Next picture" keys="." onClick={() => step(1)} />
        </div>
        <ul ref={list} className={styles.thumbs} aria-label="Pictures">
          {pictures.map(({ name, title }) => (
            <li key={name} data-picture={name}>
              <button
                type="button"
                className={styles.thumb}
                aria-pressed={name === picture}
                aria-label={title}
                title={title}
                onClick={() => show({ picture: name })}
              >
                <img src={urlOf(name, degradation, 'lr')} alt="" width={56} height={56} loading="lazy" />
              </button>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
