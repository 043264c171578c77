//! Runs ONNX models by ONNX Runtime, which is loaded from `ORT_DYLIB_PATH` when it is first needed. On the CPU, with one thread: a replica's
//! share is the region's to give.

use super::RunError;
use super::child::Engine;
use crate::infer::{Datatype, InferRequest, Tensor};
use crate::probe::{METADATA_KEY, Probe};
use ort::environment::Environment;
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, PrimitiveTensorElementType, Tensor as OrtTensor};
use serde_json::Number;
use std::path::Path;

/// A model that is loaded.
pub struct OnnxEngine {
    session: Session,
    probe: Option<Probe>,
    /// Lives as long as its session.
    _environment: Environment,
}

impl OnnxEngine {
    /// Loads a file. Errors: in words, ONNX Runtime's among them.
    pub fn load(file: &Path) -> Result<Self, String> {
        let library =
            std::env::var_os("ORT_DYLIB_PATH").ok_or("ORT_DYLIB_PATH names no library of ONNX Runtime")?;
        let environment =
            ort::init_from(&library).map_err(|error| format!("ONNX Runtime cannot be loaded: {error}"))?;
        let words = |error: ort::Error| error.to_string();
        // A box says nothing of itself to the library's makers.
        let environment = environment.with_telemetry(false).build().map_err(words)?;
        let builder = Session::builder(&environment).map_err(words)?;
        let mut builder = builder.with_intra_threads(1).map_err(|error| error.to_string())?;
        let session = builder.commit_from_file(file).map_err(words)?;
        let text = session.metadata().ok().and_then(|metadata| metadata.custom(METADATA_KEY));
        let probe = text.map(|text| serde_json::from_str(&text)).transpose();
        let probe = probe.map_err(|error| format!("the probe in its metadata cannot be read: {error}"))?;
        Ok(Self { session, probe, _environment: environment })
    }
}

impl Engine for OnnxEngine {
    fn probe(&self) -> Option<Probe> {
        self.probe.clone()
    }

    fn infer(&mut self, request: &InferRequest) -> Result<Vec<Tensor>, RunError> {
        let known: Vec<String> = self.session.inputs().iter().map(|input| input.name().to_owned()).collect();
        if let Some(missing) =
            known.iter().find(|name| !request.inputs.iter().any(|input| input.name == **name))
        {
            return Err(RunError::Refused(format!(
                "the input {missing} is missing: the model asks for {}",
                known.join(", ")
            )));
        }
        let inputs = request.inputs.iter().map(|input| Ok((input.name.clone(), value(input)?.into())));
        let inputs: Vec<(String, SessionInputValue<'static>)> = inputs.collect::<Result<_, RunError>>()?;
        let outputs = self.session.run(inputs).map_err(|error| RunError::Failed(error.to_string()))?;
        Ok(outputs.iter().filter_map(|(name, output)| tensor(name, &output)).collect())
    }
}

/// An input as ONNX Runtime has it. Errors: an element that its type cannot hold.
fn value(input: &Tensor) -> Result<DynValue, RunError> {
    let wrong =
        || RunError::Refused(format!("{} has an element that is no {:?}", input.name, input.datatype));
    let shape: Vec<i64> = input.shape.iter().map(|extent| *extent as i64).collect();
    macro_rules! of {
        ($kind:ty, $read:expr) => {{
            let data: Option<Vec<$kind>> = input.data.iter().map($read).collect();
            OrtTensor::from_array((shape, data.ok_or_else(wrong)?)).map(OrtTensor::into_dyn)
        }};
    }
    let made = match input.datatype {
        Datatype::Uint8 => of!(u8, |number| number.as_u64()?.try_into().ok()),
        Datatype::Int8 => of!(i8, |number| number.as_i64()?.try_into().ok()),
        Datatype::Int32 => of!(i32, |number| number.as_i64()?.try_into().ok()),
        Datatype::Int64 => of!(i64, |number| number.as_i64()),
        Datatype::Fp32 => of!(f32, |number| Some(number.as_f64()? as f32)),
    };
    made.map_err(|error| RunError::Refused(format!("{}: {error}", input.name)))
}

/// An output as it goes over the wire; `None`: it is of a type that does not. An element that is no number is left out, so that the shape no
/// longer fits and the answer is seen to be wrong.
fn tensor(name: &str, output: &DynValue) -> Option<Tensor> {
    fn of<T: PrimitiveTensorElementType + Copy>(
        output: &DynValue,
        number: impl Fn(T) -> Option<Number>,
    ) -> Option<(Vec<usize>, Vec<Number>)> {
        let (shape, data) = output.try_extract_tensor::<T>().ok()?;
        let shape = shape.iter().map(|extent| *extent as usize).collect();
        Some((shape, data.iter().filter_map(|element| number(*element)).collect()))
    }
    let float = of::<f32>(output, |number| Number::from_f64(number.into())).map(|of| (Datatype::Fp32, of));
    let found = float
        .or_else(|| of::<i64>(output, |number| Some(number.into())).map(|of| (Datatype::Int64, of)))
        .or_else(|| of::<i32>(output, |number| Some(number.into())).map(|of| (Datatype::Int32, of)))
        .or_else(|| of::<u8>(output, |number| Some(number.into())).map(|of| (Datatype::Uint8, of)))
        .or_else(|| of::<i8>(output, |number| Some(number.into())).map(|of| (Datatype::Int8, of)));
    found.map(|(datatype, (shape, data))| Tensor { name: name.into(), shape, datatype, data })
}
