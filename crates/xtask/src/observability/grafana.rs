//! Dashboards as Grafana reads them.

use serde_json::{Value, json};

use super::dashboard::{Dashboard, Panel, Shape, Unit};

/// Grafana divides a page into so many columns.
const COLUMNS: u32 = 24;
const WIDTH: u32 = 8;
const HEIGHT: u32 = 8;
/// Figures are low and narrow.
const FIGURE_WIDTH: u32 = 4;
const FIGURE_HEIGHT: u32 = 4;

/// Chosen in the page itself, so that it works whatever the data source is called.
const SOURCE: &str = "${source}";

/// The file of a dashboard.
pub(super) fn rendered(dashboard: &Dashboard) -> String {
    let page = json!({
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.about,
        "tags": ["realtime-calls"],
        "editable": false,
        "graphTooltip": 1,
        "refresh": "30s",
        "schemaVersion": 39,
        "time": { "from": "now-3h", "to": "now" },
        "timezone": "browser",
        "annotations": { "list": [firing()] },
        "links": [{
            "asDropdown": true,
            "icon": "external link",
            "includeVars": true,
            "keepTime": true,
            "tags": ["realtime-calls"],
            "title": "Realtime calls",
            "type": "dashboards",
        }],
        "templating": { "list": [source(), replicas()] },
        "panels": panels(dashboard),
    });
    format!("{page:#}\n")
}

/// Marks the times at which an alert fired.
fn firing() -> Value {
    json!({
        "name": "Alerts",
        "enable": true,
        "iconColor": "red",
        "datasource": { "type": "prometheus", "uid": SOURCE },
        "expr": "sum by (alertname) (ALERTS{alertstate=\"firing\"}) > 0",
        "titleFormat": "{{alertname}}",
    })
}

fn source() -> Value {
    json!({ "name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0 })
}

fn replicas() -> Value {
    json!({
        "name": "instance",
        "label": "Replica",
        "type": "query",
        "datasource": { "type": "prometheus", "uid": SOURCE },
        "query": { "query": "label_values(process_start_time_seconds, instance)", "refId": "instance" },
        "refresh": 2,
        "sort": 1,
        "includeAll": true,
        "allValue": ".*",
        "multi": true,
        "current": { "text": "All", "value": "$__all" },
    })
}

fn panels(dashboard: &Dashboard) -> Vec<Value> {
    let mut panels = Vec::new();
    let mut top = 0;
    for row in dashboard.rows {
        panels.push(json!({
            "id": panels.len() + 1,
            "type": "row",
            "title": row.title,
            "collapsed": false,
            "gridPos": { "x": 0, "y": top, "w": COLUMNS, "h": 1 },
            "panels": [],
        }));
        top += 1;
        let (mut left, mut tallest) = (0, 0);
        for panel in row.panels {
            let (width, height) = match panel.shape {
                Shape::Figure => (FIGURE_WIDTH, FIGURE_HEIGHT),
                Shape::Lines | Shape::Stack | Shape::Traced => (WIDTH, HEIGHT),
            };
            if left + width > COLUMNS {
                (left, top, tallest) = (0, top + tallest, 0);
            }
            let place = json!({ "x": left, "y": top, "w": width, "h": height });
            panels.push(rendered_panel(panel, panels.len() + 1, &place));
            left += width;
            tallest = tallest.max(height);
        }
        top += tallest;
    }
    panels
}

fn rendered_panel(panel: &Panel, id: usize, place: &Value) -> Value {
    let source = json!({ "type": "prometheus", "uid": SOURCE });
    let targets: Vec<Value> = panel
        .queries
        .iter()
        .zip('A'..='Z')
        .map(|(query, letter)| {
            json!({
                "refId": letter.to_string(),
                "datasource": source,
                "expr": query.expression,
                "legendFormat": query.legend,
                "exemplar": panel.shape == Shape::Traced,
                "instant": panel.shape == Shape::Figure,
                "range": panel.shape != Shape::Figure,
            })
        })
        .collect();
    let is_stacked = panel.shape == Shape::Stack;
    let drawn = json!({
        "fillOpacity": if is_stacked { 40 } else { 8 },
        "lineWidth": 1,
        "showPoints": "never",
        "stacking": { "mode": if is_stacked { "normal" } else { "none" } },
    });
    let (kind, options) = match panel.shape {
        Shape::Figure => (
            "stat",
            json!({ "colorMode": "none", "graphMode": "none", "reduceOptions": { "calcs": ["lastNotNull"] } }),
        ),
        Shape::Lines | Shape::Stack | Shape::Traced => (
            "timeseries",
            json!({
                "legend": { "displayMode": "list", "placement": "bottom", "showLegend": true },
                "tooltip": { "mode": "multi", "sort": "desc" },
            }),
        ),
    };
    json!({
        "id": id,
        "type": kind,
        "title": panel.title,
        "gridPos": place,
        "datasource": source,
        "targets": targets,
        "options": options,
        "fieldConfig": { "defaults": { "unit": panel.unit.as_str(), "custom": drawn }, "overrides": [] },
    })
}

impl Unit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "short",
            Self::Rate => "reqps",
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::Nanoseconds => "ns",
            Self::Share => "percentunit",
            Self::Bytes => "bytes",
            Self::BytesPerSecond => "Bps",
            Self::Processors => "none",
        }
    }
}
