/** The page's entry: the engine takes longest, so it starts before the page is there, in a realm of its own. */
import { startEngine } from '../store/client.ts';

const engine = startEngine();
void import('./page.tsx').then(({ showPage }) => showPage(engine));
