/** Ties a viewer to the store and the engine: the selected image, the shared view, the pictures that come. */
import type { Rect } from '../../../imaging/image.ts';
import type { AppState } from '../../../store/state.ts';
import type { App } from '../../../store/store.ts';
import { Viewer } from './viewer.ts';

/** A pan or zoom settles before the engine re-orders its tiles. */
const settleMilliseconds = 150;

const selectedImage = ({ queue }: AppState) =>
  queue.selected === null ? null : (queue.items[queue.selected]?.image ?? null);

/** Returns the function that ends it. */
export function attachViewer(canvas: HTMLCanvasElement, { store, engine, actions }: App): () => void {
  let shown: string | null = null;
  let visible: Rect | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tell = () => engine.send({ type: 'view', id: shown, visible });
  const viewer = new Viewer(canvas, store.getState().view, {
    changeView: actions.setView,
    showVisible(rect) {
      visible = rect;
      clearTimeout(timer);
      timer = setTimeout(tell, settleMilliseconds);
    },
    fail: (message) => actions.notify('warning', message),
  });

  const showSelected = (state: AppState) => {
    const image = selectedImage(state);
    if ((image?.id ?? null) === shown) return;
    shown = image?.id ?? null;
    visible = null;
    clearTimeout(timer);
    viewer.show(image);
    tell();
  };
  const stopState = store.subscribe((state, before) => {
    if (state.view !== before.view) viewer.setView(state.view);
    showSelected(state);
    if (state.queue.restores > before.queue.restores && before.queue.restores > 0 && shown !== null) {
      // A restarted engine doesn't know what is on screen.
      engine.send({ type: 'view', id: null, visible: null });
      tell();
    }
  });
  const stopPictures = engine.listen((event) => {
    if (event.type === 'picture') viewer.draw(event);
  });
  showSelected(store.getState());

  return () => {
    stopState();
    stopPictures();
    clearTimeout(timer);
    viewer.destroy();
    // No pictures while no one looks; coming back asks for them again.
    engine.send({ type: 'view', id: null, visible: null });
  };
}
