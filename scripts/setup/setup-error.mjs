/** The machine is not ready; `message` says the next step, `detail` what the failing program said. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {string} [detail]
   */
  constructor(message, detail = '') {
    super(message)
    this.name = 'SetupError'
    this.detail = detail
  }
}
