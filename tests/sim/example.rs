//! ARCHITECTURE.md's worked example, as it stands there, compiled and run.

use std::rc::Rc;

use roo_cloud_web::api::{Authorization, TokenSource};
use roo_cloud_web::platform::sim::{Reply, World};
use roo_cloud_web::secret::Secret;

mod bridge {
    // example: begin
    use std::rc::Rc;

    use roo_cloud_web::api::{Call, CloudApi, TokenSource};
    use roo_cloud_web::error::{CloudError, Code, Result};
    use roo_cloud_web::json::Json;
    use roo_cloud_web::platform::Platform;

    /// Knows where the live channel is.
    pub struct BridgeService<P, T> {
        api: Rc<CloudApi<P, T>>,
    }

    impl<P: Platform, T: TokenSource> BridgeService<P, T> {
        /// One that asks `api`. It does nothing until it is asked.
        pub fn new(api: Rc<CloudApi<P, T>>) -> Self {
            Self { api }
        }

        /// The address of the live channel. Fails with INVALID_RESPONSE, and as requests fail.
        pub async fn address(&self) -> Result<String> {
            let answer = self.api.call(Call::get("/api/extension/bridge/config")).await?;
            let document = answer.json()?;
            let address = document.root().get("socketBridgeUrl").and_then(Json::as_str);
            let address = address.filter(|address| address.starts_with("wss://"));
            address.map(String::from).ok_or_else(|| {
                CloudError::new(Code::InvalidResponse, "the cloud's answer about the live channel has no safe address")
            })
        }
    }
    // example: end
}

struct Token;

impl TokenSource for Token {
    async fn authorize(&self, _method: &str, _url: &str) -> roo_cloud_web::error::Result<Authorization> {
        let headers = vec![("Authorization", "Bearer token".to_owned())];
        Ok(Authorization { headers, token: Secret::new("token") })
    }

    async fn rejected(&self, _sent: &Secret) -> roo_cloud_web::error::Result<()> {
        Ok(())
    }
}

#[test]
fn a_service_of_ones_own_stands_on_the_api() {
    let world = World::new(1);
    world.network().handle("https://cloud.example/", |request, _| {
        assert_eq!(request.url, "https://cloud.example/api/extension/bridge/config");
        Reply::json(200, r#"{"userId":"u","socketBridgeUrl":"wss://live.example/","token":"t"}"#)
    });
    let tab = Rc::new(world.open_tab());
    let api = roo_cloud_web::api::CloudApi::new(tab, "https://cloud.example".into(), Rc::new(Token));
    let address = world.run(bridge::BridgeService::new(Rc::new(api)).address());
    assert_eq!(address.as_deref(), Ok("wss://live.example/"));
}

#[test]
fn architecture_md_shows_the_code_that_runs() {
    let code = include_str!("example.rs").split("// example: begin\n").nth(1).expect("a beginning");
    let code = code.split("    // example: end").next().expect("an end");
    let shown: String = code.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect();
    assert!(include_str!("../../ARCHITECTURE.md").contains(&shown), "ARCHITECTURE.md should hold:\n{shown}");
}
