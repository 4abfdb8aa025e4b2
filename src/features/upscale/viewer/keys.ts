/** The viewer's character keys, as changes of the view. */
import { nextMode, type ViewState } from '../../../store/view.ts';
import { zoomChange } from '../../viewer/view-keys.ts';

/** What a character key does to the view; null when it means nothing here. */
export const characterChange = (key: string, view: ViewState): Partial<ViewState> | null =>
  key === 'm' || key === 'M' ? { mode: nextMode(view.mode) } : zoomChange(key, view);
