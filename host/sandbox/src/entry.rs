//! The functions of a compiled plugin, and calling them in the version of the interface that it has.

use std::sync::Arc;

use sortie_engine::Fuel;
use wasmtime::component::{Component, ComponentExportIndex, Instance, InstancePre};
use wasmtime::{Store, format_err};

use crate::abi::{Failure, Manifest, OperationInput, OperationOutput, OperationOutput0_1, Workflow};
use crate::profile::{Meter, Recorder};
use crate::store::CallState;

/// A version of the interface that a component is called in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V0_1,
    V0_2,
}

impl Version {
    const ALL: [(Self, &'static str); 2] =
        [(Self::V0_2, "sortie:plugin/mission@0.2.0"), (Self::V0_1, "sortie:plugin/mission@0.1.0")];
}

/// A compiled component with the functions that it exports.
#[derive(Clone)]
pub(crate) struct Entry {
    instance: InstancePre<CallState>,
    /// How it tells of its fuel, if it does.
    meter: Option<Arc<Meter>>,
    /// What an instance is charged for copying what its memories begin with.
    copying: Fuel,
    version: Version,
    describe: ComponentExportIndex,
    build: ComponentExportIndex,
    execute: ComponentExportIndex,
}

impl Entry {
    /// Finds the functions of a component that was checked.
    pub(crate) fn of(
        component: &Component,
        instance: InstancePre<CallState>,
        meter: Option<Arc<Meter>>,
        copying: Fuel,
    ) -> wasmtime::Result<Self> {
        let found = Version::ALL
            .into_iter()
            .find_map(|(version, name)| Some((version, component.get_export_index(None, name)?)));
        let (version, mission) = found.ok_or_else(|| format_err!("it does not export `sortie:plugin/mission`"))?;
        let function = |name: &str| {
            component.get_export_index(Some(&mission), name).ok_or_else(|| format_err!("it does not export `{name}`"))
        };
        Ok(Self {
            version,
            describe: function("describe")?,
            build: function("build")?,
            execute: function("execute")?,
            instance,
            meter,
            copying,
        })
    }

    /// What an instance needs besides the fuel of a call: what it is charged before anything of the plugin's is executed.
    pub(crate) fn copying(&self) -> Fuel {
        self.copying
    }

    /// What is to take what it tells of its fuel, if it tells.
    pub(crate) fn recorder(&self) -> Option<Recorder> {
        self.meter.clone().map(Recorder::new)
    }

    pub(crate) fn component(&self) -> &Component {
        self.instance.component()
    }

    pub(crate) fn instantiate(&self, store: &mut Store<CallState>) -> wasmtime::Result<Instance> {
        self.instance.instantiate(store)
    }

    pub(crate) fn describe(&self, instance: &Instance, store: &mut Store<CallState>) -> wasmtime::Result<Manifest> {
        let function = instance.get_typed_func::<(), (Manifest,)>(&mut *store, &self.describe)?;
        function.call(store, ()).map(|(manifest,)| manifest)
    }

    pub(crate) fn build(
        &self,
        instance: &Instance,
        store: &mut Store<CallState>,
        mission: &str,
        params: &str,
    ) -> wasmtime::Result<Result<Workflow, Failure>> {
        type Results = (Result<Workflow, Failure>,);
        let function = instance.get_typed_func::<(&str, &str), Results>(&mut *store, &self.build)?;
        function.call(store, (mission, params)).map(|(built,)| built)
    }

    pub(crate) fn execute(
        &self,
        instance: &Instance,
        store: &mut Store<CallState>,
        input: OperationInput<'_>,
    ) -> wasmtime::Result<Result<OperationOutput, Failure>> {
        type Results<T> = (Result<T, Failure>,);
        match self.version {
            Version::V0_2 => {
                type Output = Results<OperationOutput>;
                let function = instance.get_typed_func::<(OperationInput<'_>,), Output>(&mut *store, &self.execute)?;
                function.call(store, (input,)).map(|(executed,)| executed)
            }
            Version::V0_1 => {
                type Output = Results<OperationOutput0_1>;
                let function = instance.get_typed_func::<(OperationInput<'_>,), Output>(&mut *store, &self.execute)?;
                function.call(store, (input,)).map(|(executed,)| executed.map(Into::into))
            }
        }
    }
}
