import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { Search } from 'lucide-react';
import { useMemo, useRef } from 'react';
import { loadSample, samples } from '../../features/intake/samples.ts';
import { copyText } from '../../features/ui/buttons.tsx';
import { type Command, pageCommands, runOn } from '../../features/ui/commands.ts';
import dialogs from '../../features/ui/dialogs.module.css';
import { goTo, pages, pageTitles } from '../../features/ui/router.ts';
import { canBlend } from '../../features/upscale/viewer/faithful.tsx';
import { useApp } from '../../store/context.ts';
import type { Actions, AppModel } from '../../store/store.ts';
import { setTheme, themes } from '../Header.tsx';
import styles from './palette.module.css';

interface Item extends Command {
  /** Unique; the group's name finds its items too. */
  readonly value: string;
}

/** A feature, wherever the user is. */
interface Feature extends Command {
  /** Other words by which people look for it. */
  readonly words: string;
}

interface Group {
  readonly value: string;
  readonly items: readonly Item[];
}

const group = (value: string, commands: readonly Command[]): Group => ({
  value,
  items: commands.map((command) => ({ ...command, value: `${value}: ${command.label}` })),
});

async function upscaleSample({ addFiles, notify }: Actions, sample: (typeof samples)[number]): Promise<void> {
  try {
    const file = await loadSample(sample);
    goTo('upscale');
    addFiles([file]);
  } catch {
    notify('warning', `The sample “${sample.title}” can't be loaded: check the connection, then try again.`);
  }
}

/** Each goes to its page, and opens it where that has a place of its own. */
function featuresFor({ actions, store }: AppModel): readonly Feature[] {
  const { setView, makeFaithful, notify } = actions;
  /** Tools over a picture that is upscaled. */
  const overPicture = (open: (id: string) => void) => () => {
    goTo('upscale');
    const state = store.getState();
    const { selected } = state.queue;
    if (selected !== null && canBlend(state)) open(selected);
    else notify('info', 'Upscale a picture first: this works on the result.');
  };
  const closed = { framing: false, protecting: false, mapping: false };
  return [
    {
      label: 'Tour: how it learns, in 60 seconds',
      words: 'introduction, explain, help, demo',
      run: () => goTo('tour'),
    },
    {
      label: 'Teach it my pictures',
      words: 'own upscaler, fine-tune, train on my photographs',
      run: () => runOn('train', 'Teach it my pictures'),
    },
    {
      label: 'Invention map: show what was invented',
      words: 'made up, hallucinated, uncertain, trust',
      run: overPicture((id) => {
        setView({ ...closed, mapping: true });
        makeFaithful(id);
      }),
    },
    {
      label: 'Protect brush: paint where the picture stays faithful',
      words: 'mask, face, text, keep',
      run: overPicture(() => setView({ ...closed, protecting: true })),
    },
    {
      label: 'Detail dial: from faithful to full detail',
      words: 'slider, strength, perception, distortion, PSNR',
      run: overPicture(() => setView(closed)),
    },
    {
      label: 'Agree with the input',
      words: 'consistent, back-projection, settings',
      run: () => goTo('upscale'),
    },
    {
      label: 'Runs, notes and logbook',
      words: 'save, export, checkpoints, report',
      run: () => runOn('train', 'Open the runs and notes'),
    },
    {
      label: 'Recorded run, the demo',
      words: 'replay, watch training',
      run: () => runOn('train', 'Watch the recorded run, the demo'),
    },
    {
      label: 'Forces on the student',
      words: 'gradient, shares, terms, spectrum',
      run: () => runOn('train', 'Show the forces'),
    },
    {
      label: 'The critic’s eye',
      words: "critic's eye, discriminators, real or fake",
      run: () => goTo('compare'),
    },
    {
      label: 'Gallery of finished pictures',
      words: 'examples, results, test set, scores',
      run: () => goTo('gallery'),
    },
    {
      label: 'Copy a link to this view',
      words: 'share, address, URL',
      run: () => void copyText(location.href, notify),
    },
  ];
}

/** All that can be done now: by the open page, elsewhere, with the samples, and the theme. */
function groupsFor(app: AppModel): readonly Group[] {
  const { actions } = app;
  const own = pageCommands();
  return [
    ...(own.length > 0 ? [group('This page', own)] : []),
    group(
      'Go to',
      pages.map((page) => ({ label: pageTitles[page], run: () => goTo(page) })),
    ),
    {
      value: 'Features',
      items: featuresFor(app).map((feature) => ({
        ...feature,
        value: `Features: ${feature.label}, ${feature.words}`,
      })),
    },
    group(
      'Samples',
      samples.map((sample) => ({
        label: `Upscale the sample ${sample.title}`,
        run: () => void upscaleSample(actions, sample),
      })),
    ),
    group(
      'Theme',
      themes.map((theme) => ({ label: `Theme: ${theme}`, run: () => setTheme(theme) })),
    ),
  ];
}

interface PaletteProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** Every command of the app in one list that typing narrows. */
export function Palette({ open, onOpenChange }: PaletteProps) {
  const app = useApp();
  /** Runs when the dialog is gone and the focus is back: a command may move it on. */
  const chosen = useRef<Item | null>(null);
  const groups = useMemo(() => (open ? groupsFor(app) : []), [open, app]);
  const finish = (isOpen: boolean) => {
    const { current } = chosen;
    chosen.current = null;
    // Opened anew before it was gone: what was chosen must not run at some later time.
    if (!isOpen) current?.run();
  };
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange} onOpenChangeComplete={finish}>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialogs.backdrop} />
        <Dialog.Popup className={styles.popup} aria-label="Commands">
          <Autocomplete.Root
            open
            inline
            items={groups}
            itemToStringValue={({ value }: Item) => value}
            autoHighlight="always"
            keepHighlight
          >
            <div className={styles.search}>
              <Search size={16} aria-hidden="true" />
              <Autocomplete.Input
                className={styles.input}
                aria-label="Search commands"
                placeholder="A command, feature, page or sample"
              />
            </div>
            <Dialog.Close className={styles.close}>Close</Dialog.Close>
            <Autocomplete.Empty className={styles.empty}>No command of this name.</Autocomplete.Empty>
            <Autocomplete.List className={styles.list}>
              {({ value, items }: Group) => (
                <Autocomplete.Group key={value} items={items} className={styles.group}>
                  <Autocomplete.GroupLabel className={styles.groupTitle}>{value}</Autocomplete.GroupLabel>
                  <Autocomplete.Collection>
                    {(item: Item) => (
                      <Autocomplete.Item
                        key={item.value}
                        value={item}
                        className={styles.item}
                        onClick={() => {
                          chosen.current = item;
                          onOpenChange(false);
                        }}
                      >
                        {item.label}
                        {item.keys && <kbd className={styles.keys}>{item.keys}</kbd>}
                      </Autocomplete.Item>
                    )}
                  </Autocomplete.Collection>
                </Autocomplete.Group>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
