//! Identifiers of shared bikes. Of a bike that is no station's, the name holds until its next ride: feeds give it another one then, so that
//! nobody follows riders (GBFS, `bike_id`).

use crate::id::id;

id!(
    /// The lasting name of a station.
    StationId, "station_id"
);
id!(
    /// The lasting name of a van.
    VanId, "van_id"
);
id!(
    /// The name of a bike, until its next ride.
    BikeId, "bike_id"
);
id!(
    /// The lasting name of a work order.
    WorkOrderId, "work_order_id"
);
id!(
    /// What kind of bike it is, as the operator names it: `city`, `ebike`. GBFS calls it a vehicle type.
    BikeKind, "vehicle_type_id"
);
