import { testFamily } from "../contract.ts";
import { none } from "./none.ts";

const skip = "it has no database";

testFamily({
  family: none,
  database: { skip },
  broken: { skip },
  unreadable: { skip },
});
