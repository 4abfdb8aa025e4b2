import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { Search } from 'lucide-react';
import { useMemo, useRef } from 'react';
import { loadSample, samples } from '../../features/intake/samples.ts';
import { type Command, pageCommands } from '../../features/ui/commands.ts';
import dialogs from '../../features/ui/dialogs.module.css';
import { goTo, pages, pageTitles } from '../../features/ui/router.ts';
import { useActions } from '../../store/context.ts';
import type { Actions } from '../../store/store.ts';
import { setTheme, themes } from '../Header.tsx';
import styles from './palette.module.css';

interface Item extends Command {
  /** Unique; the group's name finds its items too. */
  readonly value: string;
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

/** All that can be done now: by the open page, elsewhere, with the samples, and the theme. */
function groupsFor(actions: Actions): readonly Group[] {
  const own = pageCommands();
  return [
    ...(own.length > 0 ? [group('This page', own)] : []),
    group(
      'Go to',
      pages.map((page) => ({ label: pageTitles[page], run: () => goTo(page) })),
    ),
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
  const actions = useActions();
  /** Runs when the dialog is gone and the focus is back: a command may move it on. */
  const chosen = useRef<Item | null>(null);
  const groups = useMemo(() => (open ? groupsFor(actions) : []), [open, actions]);
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
          <Autocomplete.Root open inline items={groups} autoHighlight="always" keepHighlight>
            <div className={styles.search}>
              <Search size={16} aria-hidden="true" />
              <Autocomplete.Input
                className={styles.input}
                aria-label="Search commands"
                placeholder="A command, page or sample"
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
