/** The store for React: one hook for state, one for actions. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { AppState } from './state.ts';
import type { Actions, AppModel } from './store.ts';

const AppContext = createContext<AppModel | null>(null);

export const AppProvider = AppContext.Provider;

export function useApp(): AppModel {
  const app = useContext(AppContext);
  if (!app) throw new Error('useApp outside of AppProvider');
  return app;
}

/** The component renders again when the selected value changes; select the least it needs. */
export function useAppState<T>(select: (state: AppState) => T): T {
  return useStore(useApp().store, select);
}

export const useActions = (): Actions => useApp().actions;
