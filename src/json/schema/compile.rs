//! From a schema's text to what checks values.

use std::borrow::Cow;

use super::{Additional, Bound, Choices, Members, Names, Node, Places, Rules, kinds};
use crate::error::{CloudError, Code, Result};
use crate::json::{Json, Kind};

/// How deep a schema may nest. Checking a value recurses as deep as its schema does, however deep the value is.
const DEEPEST: usize = 32;

pub(super) fn node(schema: Json<'_>, depth: usize) -> Result<Node> {
    if depth > DEEPEST {
        return Err(refused("the schema nests too deep"));
    }
    match schema.as_bool() {
        Some(true) => return Ok(Node::ANYTHING),
        Some(false) => return Ok(Node { kinds: 0, rules: None }),
        None if schema.kind() != Kind::Object => return Err(refused("a schema should be an object, true or false")),
        None => {}
    }

    let mut accepted = kinds::ANY;
    let mut rules = Rules::default();
    let mut constrained = false;
    let mut properties = None;
    let mut required = None;
    let mut additional = Additional::Anything;
    for (keyword, value) in schema.members() {
        let Some(keyword) = keyword.to_str() else { return Err(unsupported("?")) };
        match &*keyword {
            "type" => {
                accepted = types(value)?;
                continue;
            }
            "enum" => rules.choices = Some(choices(value.elements())?),
            "const" => rules.choices = Some(choices(std::iter::once(value))?),
            "properties" => properties = Some(value),
            "required" => required = Some(value),
            "additionalProperties" => {
                additional = match value.as_bool() {
                    Some(true) => Additional::Anything,
                    Some(false) => Additional::Nothing,
                    None => Additional::Each(Box::new(node(value, depth + 1)?)),
                };
            }
            "items" => rules.items = Some(node(value, depth + 1)?),
            "anyOf" => {
                rules.any_of = value.elements().map(|each| node(each, depth + 1)).collect::<Result<_>>()?;
                if rules.any_of.is_empty() {
                    return Err(senseless("anyOf"));
                }
            }
            "minimum" => rules.at_least = Some(bound("minimum", value, false)?),
            "exclusiveMinimum" => rules.at_least = Some(bound("exclusiveMinimum", value, true)?),
            "maximum" => rules.at_most = Some(bound("maximum", value, false)?),
            "exclusiveMaximum" => rules.at_most = Some(bound("exclusiveMaximum", value, true)?),
            "minLength" => rules.min_length = length("minLength", value)?,
            "maxLength" => rules.max_length = Some(length("maxLength", value)?),
            "format" if value.as_str().as_deref() == Some("uri") => rules.uri = true,
            "$schema" | "$id" | "$comment" | "title" | "description" | "default" | "examples" => continue,
            other => return Err(unsupported(other)),
        }
        constrained = true;
    }
    if properties.is_some() || required.is_some() || !matches!(additional, Additional::Anything) {
        rules.members = Some(members(properties, required, additional, depth)?);
    }
    Ok(Node { kinds: accepted, rules: constrained.then(|| Box::new(rules)) })
}

fn members(
    properties: Option<Json<'_>>,
    required: Option<Json<'_>>,
    additional: Additional,
    depth: usize,
) -> Result<Members> {
    let mut names = Vec::new();
    let mut nodes = Vec::new();
    for (name, property) in properties.into_iter().flat_map(Json::members) {
        names.push(Box::from(name.to_str().ok_or_else(|| senseless("properties"))?));
        nodes.push(node(property, depth + 1)?);
    }
    if names.len() > Places::LIMIT {
        return Err(refused("the schema names more than 128 properties in one object"));
    }
    let names = Names::new(names);
    let mut places = Places::default();
    for name in required.into_iter().flat_map(Json::elements) {
        let name = name.as_text().ok_or_else(|| senseless("required"))?;
        let place = names
            .find(&name.to_bytes())
            .ok_or_else(|| refused("every name in the schema's \"required\" should stand in its \"properties\" too"))?;
        places.insert(place);
    }
    Ok(Members { names, properties: nodes, required: places, additional })
}

fn types(value: Json<'_>) -> Result<u8> {
    if value.kind() != Kind::Array {
        return one_type(value);
    }
    value.elements().try_fold(0, |all, each| Ok(all | one_type(each)?))
}

fn one_type(value: Json<'_>) -> Result<u8> {
    Ok(match value.as_str().as_deref() {
        Some("null") => kinds::NULL,
        Some("boolean") => kinds::BOOLEAN,
        Some("number") => kinds::NUMBER,
        Some("integer") => kinds::INTEGER,
        Some("string") => kinds::STRING,
        Some("array") => kinds::ARRAY,
        Some("object") => kinds::OBJECT,
        _ => return Err(senseless("type")),
    })
}

fn choices<'a>(values: impl Iterator<Item = Json<'a>>) -> Result<Choices> {
    let mut strings = Vec::new();
    let mut numbers = Vec::new();
    let mut literals = Vec::new();
    for value in values {
        match value.kind() {
            Kind::String => strings.push(Box::from(value.as_str().ok_or_else(|| senseless("enum"))?)),
            Kind::Number => numbers.extend(value.as_f64()),
            Kind::Array | Kind::Object => {
                return Err(refused("an object or array in the schema's \"enum\" is not supported"));
            }
            Kind::Bool | Kind::Null => literals.push(value.raw_str().into()),
        }
    }
    if strings.len() > usize::from(u16::MAX) {
        return Err(refused("the schema's \"enum\" is too long"));
    }
    Ok(Choices { strings: Names::new(strings), numbers, literals })
}

fn bound(keyword: &str, value: Json<'_>, exclusive: bool) -> Result<Bound> {
    value.as_f64().map(|limit| Bound { limit, exclusive }).ok_or_else(|| senseless(keyword))
}

fn length(keyword: &str, value: Json<'_>) -> Result<usize> {
    value.as_u64().and_then(|length| usize::try_from(length).ok()).ok_or_else(|| senseless(keyword))
}

fn unsupported(keyword: &str) -> CloudError {
    refused(format!("the schema's keyword \"{keyword}\" is not supported"))
}

fn senseless(keyword: &str) -> CloudError {
    refused(format!("the schema's keyword \"{keyword}\" has a value that makes no sense there"))
}

fn refused(message: impl Into<Cow<'static, str>>) -> CloudError {
    CloudError::new(Code::InvalidArgument, message)
}
