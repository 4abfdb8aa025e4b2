/**
 * The page's store as the actions of some slices see it. Each names the slices that it reads or writes, so slices do not know
 * the whole state, which is made of them.
 */
export interface SliceStore<Slices extends object> {
  getState(): Slices;
  setState(change: Partial<Slices> | ((state: Slices) => Partial<Slices>)): void;
}
