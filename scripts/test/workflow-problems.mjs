import {
  convertWorkflowTemplate,
  NoOperationTraceWriter,
  parseWorkflow,
} from '@actions/workflow-parser'

/**
 * What GitHub's own parser says of a workflow: unknown keys, wrong values, and expressions that use
 * what is not there.
 * @param {string} name of the file
 * @param {string} content
 * @returns {Promise<string[]>}
 */
export const problemsOf = async (name, content) => {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter())
  if (value !== undefined) await convertWorkflowTemplate(context, value)
  return context.errors.getErrors().map(({ message }) => message)
}
