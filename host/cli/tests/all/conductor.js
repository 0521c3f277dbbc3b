// Runs missions, displays what they came to, and judges.
import { Failure, Output, Workflow, missions, plugin } from './sortie.js';

export default plugin({
  missions: {
    conduct: {
      description: 'Runs two missions.',
      build: () => new Workflow('conduct').step('conduct', 'conduct'),
    },
  },
  operations: {
    conduct: {
      description: 'Runs them.',
      execute() {
        const rows = ['echo', 'nothing'].map((mission) => {
          try {
            const result = missions.run({ mission, params: { message: 'hello' } });
            return [mission, result.executed_steps.length, result.success ? 'done' : 'failed'];
          } catch (error) {
            if (!(error instanceof Failure)) throw error;
            return [mission, 0, error.code];
          }
        });
        const missed = rows.filter(([, , outcome]) => outcome !== 'done').length;
        return new Output()
          .heading('Missions')
          .table(['mission', { title: 'steps', align: 'right' }, 'outcome'], rows)
          .judge(missed === 0, `${missed} of ${rows.length} missions did not succeed`);
      },
    },
  },
});
