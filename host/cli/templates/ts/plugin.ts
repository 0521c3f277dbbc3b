// A Sortie plugin that greets.
import { type Call, Failure, Output, type Schema, Workflow, plugin } from './sortie.js';

interface Greeting {
  name: string;
}

const greeting: Schema = {
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
  additionalProperties: false,
};

export default plugin({
  missions: {
    hello: {
      description: 'Greets somebody.',
      params: greeting,
      examples: [{ name: 'Ada' }],
      build: (params: Greeting) => new Workflow('hello').step('greet', 'greet', params),
    },
  },

  operations: {
    greet: {
      description: 'Writes a greeting into the state.',
      payload: greeting,
      writes: ['/greeting'],
      examples: [{ payload: { name: 'Ada' } }],
      execute(payload: Greeting, _call: Call) {
        const name = payload.name.trim();
        if (name === '') throw new Failure('nobody', 'there is nobody to greet');
        return new Output().set('/greeting', `Hello, ${name}!`);
      },
    },
  },
});
