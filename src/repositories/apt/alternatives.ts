/** Real programs behind a name that is a link of update-alternatives, best first. No index lists those links. */
export function alternativePrograms(_command: string): readonly string[] {
  return [];
}
