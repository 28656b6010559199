/** Keeps texts unreadable for whoever has only the database. */
export interface SecretBox {
  /**
   * The text, encrypted and authenticated, as printable ASCII. `context` names what it belongs to: it is authenticated but
   * not stored, so that a value moved elsewhere does not open. The text must be well-formed Unicode.
   */
  seal(text: string, context: string): string;
  /**
   * The text again. Throws `secret_unreadable` when it was sealed with another key or for another context, or was changed
   * since.
   */
  open(sealed: string, context: string): string;
}
