import { defaultBudgets, type Budgets } from "../model/budgets.ts";

/** What one layer may cost, down to the parsers that look into its files. See `Budgets`. */
export type LayerBudgets = Budgets;

export const layerBudgets: LayerBudgets = defaultBudgets;
