import { useCallback, useState } from 'react';
import { useAppState } from '../../store/context.ts';
import { EngineBanner } from '../ui/EngineBanner.tsx';
import { ShortcutsDialog } from '../ui/ShortcutsDialog.tsx';
import { EmptyState } from './EmptyState.tsx';
import { QueuePanel } from './queue/QueuePanel.tsx';
import { SettingsPanel } from './settings/SettingsPanel.tsx';
import { shortcutGroups } from './shortcuts.ts';
import styles from './UpscalePage.module.css';
import { usePageKeys } from './use-page-keys.ts';
import { ViewerPanel } from './viewer/ViewerPanel.tsx';

export function UpscalePage() {
  const empty = useAppState(({ queue }) => queue.selected === null);
  const [help, setHelp] = useState(false);
  const openHelp = useCallback(() => setHelp(true), []);
  usePageKeys(openHelp);

  return (
    <div className={styles.page}>
      <h1 className="sr-only">Upscale</h1>
      <EngineBanner />
      <div className={styles.panels}>
        <QueuePanel />
        {empty ? <EmptyState /> : <ViewerPanel onShortcuts={openHelp} />}
        <SettingsPanel />
      </div>
      <ShortcutsDialog groups={shortcutGroups} open={help} onOpenChange={setHelp} />
    </div>
  );
}
